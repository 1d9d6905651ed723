"""Image to text by any model behind the OpenAI chat protocol that takes images."""

import base64
from typing import Any

import aiohttp

from visavis.engines.base import Context, Engine
from visavis.engines.vision.sighted import Sighted
from visavis.inputs import mended

QUESTION = (
    "Describe this picture of a person in two plain sentences: who is seen and how they look. "
    "Say whether their eyes are open or closed."
)
_MOST = 2000
"""Characters of a description that are kept."""


class VisionError(Exception):
    """The endpoint gave no description; the message says why, and which setting to look at."""


class OpenAIVision(Engine):
    """``POST {url}/chat/completions`` with the picture as a data URI.

    ``url`` is the base, as in ``http://localhost:11434/v1``. Raises ValueError for a URL that
    isn't http or https.
    """

    def __init__(self, url: str, model: str, key: str = "", *, timeout_s: float = 60.0) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"vision.url {url!r} must begin with http:// or https://")
        self.system = f"openai:{model}"
        self.parameters: dict[str, Any] = {"url": url, "model": model, "question": QUESTION}
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

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
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout, headers=self._headers) as http,
                http.post(self._url, json=request) as response,
            ):
                if response.status in (401, 403):
                    raise VisionError(f"{self._url}: vision.key is missing or wrong")
                if response.status != 200:
                    said = (await response.content.read(300)).decode(errors="replace")
                    raise VisionError(f"{self._url} answered {response.status}: {said}")
                answer = await response.json()
                text = answer["choices"][0]["message"]["content"]
        except TimeoutError as error:
            raise VisionError(f"{self._url} does not answer in time") from error
        except (KeyError, IndexError, TypeError, ValueError, RecursionError) as error:
            raise VisionError(f"{self._url} gave no description") from error
        except aiohttp.ClientError as error:
            raise VisionError(
                f"{self._url} can't be reached; is vision.url right? ({error})"
            ) from error
        if not isinstance(text, str) or not text.strip():
            raise VisionError(f"{self._url} gave no description")
        return Sighted(mended(text.strip()[:_MOST]))
