"""Which test runs when and, where several run at a time, in which process.

Tests of a file share what is slow to start, so they stay together; those that call the one server
with all its engines stay together, whatever their file. They take longest and come first, then
what starts servers of its own, and the many short ones fill the end.
"""

from pathlib import PurePath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ONE_SERVER = (
    "test_e2e_bad_input.py",
    "test_e2e_calibration.py",
    "test_e2e_call.py",
    "test_e2e_page.py",
    "test_e2e_teach_page.py",
    "test_e2e_degraded.py",
)
"""Files that call `node` of `e2e/conftest`, in this order: in the last one it loses an engine."""


class ByServer(LoadScopeScheduling):  # type: ignore[misc]
    """Gives each process a file after the other, and those of `ONE_SERVER` to one of them."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "one server" if PurePath(file).name in ONE_SERVER else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByServer:
    return ByServer(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if item.path.name in ONE_SERVER:
        return ONE_SERVER.index(item.path.name)
    return len(ONE_SERVER) + (item.path.parent.name != "e2e")
