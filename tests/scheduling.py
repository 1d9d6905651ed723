"""Which test runs when and, where several run at a time, in which process.

Tests of a file share what is slow to start, so they stay together; and so do the files that share
the one server with all its engines, or the plug-ins that pip installs. What calls servers takes
longest and comes first; the many short ones fill the end.
"""

from pathlib import PurePath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ONE_SERVER = (
    "test_e2e_bad_input.py",
    "test_e2e_calibration.py",
    "test_e2e_call.py",
    "test_e2e_evaluate.py",
    "test_e2e_page.py",
    "test_e2e_degraded.py",
)
"""Files that call `node` of `e2e/conftest`, in this order: in the last one it loses an engine."""
PLUG_INS = ("test_e2e_plugins.py", "test_contracts_strangers.py")
"""Files that use `strangers` of `conftest`."""


class BySharing(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a process that is free the next file, with all that shares something with it."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        name = PurePath(file).name
        return next((files[0] for files in (ONE_SERVER, PLUG_INS) if name in files), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> BySharing:
    return BySharing(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if item.path.name in ONE_SERVER:
        return ONE_SERVER.index(item.path.name)
    return len(ONE_SERVER) + (item.path.parent.name != "e2e")
