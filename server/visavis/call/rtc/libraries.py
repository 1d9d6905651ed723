"""What this server uses of the inside of aiortc and aioice, which their next version may change."""

from importlib.metadata import version


def require(owner: object, *names: str) -> None:
    """Raises ValueError unless ``owner`` (a module, a class, an object) has all of these names;
    several may stand in one text."""
    wanted = " ".join(names).split()
    missing = [name for name in wanted if not hasattr(owner, name)]
    if missing:
        raise ValueError(
            f"aiortc {version('aiortc')} and aioice {version('aioice')} are not the versions that "
            f"this server knows ({', '.join(missing)} is missing); install those of "
            "requirements.lock"
        )
