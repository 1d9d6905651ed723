"""What a call needs of learning: the models that serve its caller, and a place for new takes."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from visavis.learning import examples, registry
from visavis.learning.errors import LearningError, Unreachable
from visavis.learning.examples import Modality, Take
from visavis.learning.registry import Serving
from visavis.records.files import Files
from visavis.records.reading.reader import Away, Reader, Row

SETTLE_S = 5.0
"""So long a take waits for the rows of its call to be in the database."""
MODALITIES: tuple[Modality, ...] = ("gesture", "audio")


class Taught:
    """Of one server. Models are read anew for each call, so that a restart changes nothing."""

    def __init__(
        self,
        reader: Reader,
        files: Files,
        flushed: Callable[[float], Awaitable[bool]],
        on_fault: Callable[[str, str], object],
    ) -> None:
        """`flushed(s)` waits until the rows so far are in the database; `on_fault(kind,
        description)` hears of models that can't serve."""
        self._reader = reader
        self._files = files
        self._flushed = flushed
        self._on_fault = on_fault

    async def models(self, user_id: str) -> dict[Modality, Serving]:
        """The models that serve this person now. Raises `Unreachable`."""
        found: dict[Modality, Serving] = {}
        for modality in MODALITIES:
            try:
                one = await registry.serving(
                    self._reader, self._files, user_id, modality, self._on_fault
                )
            except Away as error:
                raise Unreachable(str(error)) from error
            if one is not None:
                found[modality] = one
        return found

    async def keep(self, take: Take) -> Row:
        """Its row. Raises `LearningError`, whose sentence is for the caller."""
        with _in_plain_words():
            if not await self._flushed(SETTLE_S):
                raise Away("rows of the call still wait in the journal")
            return await examples.keep(self._reader, self._files, take)

    async def correct(self, user_id: str, example: UUID, label: str) -> Row:
        """A kept take has another label; its row. Raises `LearningError`."""
        with _in_plain_words():
            return await examples.correct(self._reader, user_id, example, label)

    async def withdraw(self, user_id: str, session: UUID) -> None:
        """Take away all takes of this call. Raises `LearningError`."""
        with _in_plain_words():
            await examples.withdraw(self._reader, self._files, user_id, session)


@contextmanager
def _in_plain_words() -> Iterator[None]:
    """What fails becomes a `LearningError`."""
    try:
        yield
    except Away as error:
        raise LearningError(
            "take", "The records can't be reached just now. Try to keep the take once more."
        ) from error
    except OSError as error:
        raise LearningError("take", f"The take can't be kept on the disk: {error}") from error
