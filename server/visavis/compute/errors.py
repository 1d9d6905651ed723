"""What goes wrong with a request to a worker."""


class WorkerError(Exception):
    """The engine raised: `kind` is the exception's class name, `trace` its traceback.

    Or the request was refused: kind "Busy" (too many wait), "Cancelled", or "CodecError" (the
    answer can't cross).
    """

    def __init__(self, kind: str, message: str, trace: str = "") -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.trace = trace


class WorkerDied(Exception):
    """The engine's process is gone; it is being started again, or was stopped."""
