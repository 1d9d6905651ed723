"""Image to text by any model behind the OpenAI chat protocol that takes images."""

import base64
import json
from typing import Any, ClassVar

from pydantic import SecretStr

from visavis.engines.base import Context, Engine
from visavis.engines.remote import Endpoint, RemoteError, RemoteOptions
from visavis.engines.vision.sighted import Sighted
from visavis.inputs import mended

QUESTION = (
    "Describe this picture of a person in two plain sentences: who is seen and how they look. "
    "Say whether their eyes are open or closed."
)
_MOST = 2000
"""Characters of a description that are kept."""
_MOST_BYTES = 1 << 18
"""Of an answer."""
_TABLE = "vision"


class VisionError(Exception):
    """The endpoint gave no description; the message says why, and which setting to look at."""


class _Asked(RemoteOptions):
    """What ``[vision]`` says of the endpoint; no key but its own is sent there."""

    environment: ClassVar[str] = ""


class OpenAIVision(Engine):
    """``POST {url}/chat/completions`` with the picture as a data URI."""

    def __init__(self, url: str, model: str, key: str = "", *, timeout_s: float) -> None:
        """``url`` is the base, as in ``http://localhost:11434/v1``. Raises ValueError for what is
        no such address (`inputs.http_url`)."""
        options = _Asked(url=url, model=model, key=SecretStr(key), read_timeout_s=timeout_s)
        self.system = f"openai:{model}"
        self.parameters: dict[str, Any] = {"url": url, "model": model, "question": QUESTION}
        self._timeout_s = timeout_s
        self._endpoint = Endpoint(_TABLE, "/chat/completions", options)

    @classmethod
    async def load(cls, context: Context) -> "OpenAIVision":
        """The endpoint of ``vision.url``; nothing is asked of it yet."""
        chosen = context.settings.vision
        return cls(
            chosen.url, chosen.model, chosen.key.get_secret_value(), timeout_s=chosen.timeout_s
        )

    async def describe(self, picture: bytes, mime_type: str) -> Sighted:
        """What a picture shows. Raises VisionError."""
        uri = f"data:{mime_type};base64,{base64.b64encode(picture).decode()}"
        content = [
            {"type": "text", "text": QUESTION},
            {"type": "image_url", "image_url": {"url": uri}},
        ]
        request = {
            "model": self.parameters["model"],
            "messages": [{"role": "user", "content": content}],
            "max_tokens": 200,
        }
        body = bytearray()
        try:
            async with self._endpoint.post(
                lambda: {"json": request}, timeout_s=self._timeout_s
            ) as response:
                async for chunk in response.content.iter_any():
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        raise VisionError(f"{self._endpoint.url} sent over {_MOST_BYTES:,} bytes")
            text = json.loads(body)["choices"][0]["message"]["content"]
        except RemoteError as error:
            raise VisionError(str(error)) from error
        except (KeyError, IndexError, TypeError, ValueError, RecursionError) as error:
            raise VisionError(f"{self._endpoint.url} gave no description") from error
        finally:
            await self._endpoint.close()  # a portrait is described once, not every few seconds
        if not isinstance(text, str) or not text.strip():
            raise VisionError(f"{self._endpoint.url} gave no description")
        return Sighted(mended(text.strip()[:_MOST]))
