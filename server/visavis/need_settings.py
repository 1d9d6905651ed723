"""The settings for somebody in need: what is said to them, and who is told."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, SecretStr, model_validator

from visavis.engine_settings import Seconds, ServiceUrlOrNone
from visavis.inputs import http_url

SECRET = 16
"""Characters that a secret has at least."""

Said = Annotated[str, Field(pattern=r"^[^\x00-\x1f]*\w[^\x00-\x1f]*$", max_length=800)]
"""A line of the persona's."""


PageUrl = Annotated[str, AfterValidator(lambda url: url and http_url(url))]
"""Where a page is that people open: nothing is sent there."""


class NeedSettings(BaseModel):
    """What somebody hears whose words tell of distress or of an emergency."""

    distress_answer: Said = (
        "I hear you, and I'm taking what you say seriously. You don't have to carry this alone. "
        "I'm only an animated persona, so please speak with somebody who can be with you: a person "
        "you trust, a doctor, or a crisis line. If you are in danger right now, call your local "
        "emergency number."
    )
    """To words of self-harm or of abuse."""
    emergency_answer: Said = (
        "That sounds like an emergency, and I can't call for help from here. If there is danger, "
        "get to safety. Please call your local emergency number right now, or ask somebody near "
        "you to call. I'm staying here with you."
    )
    """To words of a medical emergency, of fire, of an attack."""
    help: Annotated[str, Field(pattern=r"^[^\x00-\x1f]*$", max_length=300)] = ""
    """Where help is to be had here, a sentence with its number; it ends both answers."""
    gentle_turns: Annotated[int, Field(ge=0, le=100)] = 6
    """So many turns after it, there are no jokes and no fillers, and the model is told why."""


class AlertsSettings(BaseModel):
    """Who is told at once of somebody in need: a webhook; off without a url."""

    url: ServiceUrlOrNone = ""
    secret: SecretStr = SecretStr("")
    """VISAVIS_ALERTS__SECRET: what the body is signed with."""
    page: PageUrl = ""
    """This server as the operator reaches it; empty: as it is printed at the start."""
    timeout_s: Seconds = 5.0
    attempts: Annotated[int, Field(ge=1, le=20)] = 8
    """The first after 1 s again, each later one after twice as long, 60 s at most."""

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if self.url and len(self.secret.get_secret_value()) < SECRET:
            raise ValueError(
                f"url needs a secret of at least {SECRET} characters to sign what is sent: set "
                "VISAVIS_ALERTS__SECRET"
            )
        return self
