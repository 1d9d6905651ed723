"""Why a call failed, in plain words, and the exit code that says so."""

EXIT = {
    "unreachable": 3,
    "refused": 4,
    "busy": 5,
    "no_media": 6,
    "gone": 7,
    "no_answer": 8,
}
"""unreachable: no HTTP answer · refused: an HTTP error · busy: 503 · no_media: ICE or DTLS failed ·
gone: the server vanished during the call · no_answer: a turn had no reply in time. 2 is a wrong
command line, 0 a whole call."""


class CallFailed(Exception):
    """The call can't begin or go on."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
