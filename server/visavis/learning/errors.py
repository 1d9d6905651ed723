"""What a carer did that can't be done."""


class LearningError(ValueError):
    """A plain sentence that says what is wrong and what to do; ``field`` is what it is about."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotThere(LearningError):
    """There is no such thing, or it belongs to somebody else."""


class Unreachable(Exception):
    """The records can't be asked just now."""
