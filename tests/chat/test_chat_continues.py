"""The local model goes on from the beginning of a reply; skipped where its weights are missing."""

from chat.test_chat_local import IRIS, TALK, WEIGHTS, needs_weights

from visavis.engines.chat.base import continues
from visavis.engines.chat.hosted import LocalEngine
from visavis.engines.chat.local import LocalModel
from visavis.engines.chat.openai import OpenAIEngine


def test_only_a_model_that_can_is_asked_to() -> None:
    assert continues(LocalEngine) and not continues(OpenAIEngine) and not continues(object())


@needs_weights
def test_goes_on_from_what_it_has_begun() -> None:
    model = LocalModel(str(WEIGHTS), system_prompt=IRIS.system_prompt, conversations=1)
    talk = [message.as_dict() for message in TALK]
    talk.append({"role": "user", "content": "Why is the sky blue?"})
    begun = {"role": "assistant", "content": "Hm, the sky is"}
    rest = "".join(model.reply([*talk, begun], max_tokens=20, temperature=0.0))
    assert "blue" in rest and not rest.startswith(("Hm", "The sky"))
