"""Installed libraries that aren't as this server needs them."""


class UnknownVersion(ImportError):
    """A library isn't of a version that is known; the message says which, and what to do."""
