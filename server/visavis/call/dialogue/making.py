"""A dialogue with all that it is made of."""

from uuid import UUID

from visavis.call.dialogue.conversation import Conversation
from visavis.call.dialogue.dialogue import Dialogue
from visavis.call.dialogue.mind import Mind
from visavis.call.dialogue.prompt import Prompt
from visavis.call.dialogue.responder import Responder
from visavis.call.events import Bus, Connected
from visavis.call.turns.floor import Floor
from visavis.call.voice.clock import SessionClock
from visavis.call.voice.playout import Playout
from visavis.call.voice.speaker import Speaker
from visavis.compute.requester import Requester


def seed_of(session: UUID) -> int:
    """What chooses, in that session, among lines that are as good."""
    return session.int & 0xFFFF


def dialogue(
    bus: Bus,
    mind: Mind,
    floor: Floor,
    speaker: Speaker | None,
    playout: Playout,
    clock: SessionClock,
    *,
    seed: int,
    requester: Requester | None = None,
) -> Dialogue:
    """Of one session; `seed` as `seed_of` gives it, `requester` as `Responder` has it. Its model
    reads the prompt as soon as media flow."""
    requester = requester or Requester()
    prompt = Prompt(mind.briefing, bus, clock, requester.asker)
    conversation = Conversation(prompt.system.text)
    responder = Responder(mind, conversation, prompt, bus, seed=seed, requester=requester)
    bus.subscribe(Connected, lambda _: responder.prime())
    return Dialogue(
        bus,
        floor,
        conversation,
        responder,
        speaker,
        playout,
        speaks_signs=mind.speaks_signs,
    )
