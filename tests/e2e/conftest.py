"""The servers that end-to-end tests call."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from e2e.browser import voice_and_face
from e2e.door import HEADER_S, TOKEN
from nodes import RULES_ONLY, Node, serving_anew


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """The server that most tests call."""
    with serving_anew(VISAVIS_MAX_CALLS="4") as running:
        yield running


@contextmanager
def _few_descriptors() -> Iterator[None]:
    """What is started inside may open 1,024 files, as most systems let a service, and may ask for
    more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1_024, soft), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def house() -> Iterator[Node]:
    """The server that is attacked: whoever types is answered at once, by rules, and no engine
    computes beside the attack."""
    with _few_descriptors(), serving_anew(VISAVIS_MAX_CALLS="8", **RULES_ONLY) as node:
        yield node


@pytest.fixture(scope="session")
def door() -> Iterator[Node]:
    """The server at whose door strangers stand: four lines, all limits at their defaults but the
    time for a header."""
    with serving_anew(
        **RULES_ONLY,
        VISAVIS_MAX_CALLS="4",
        VISAVIS_LIMITS__HEADER_S=str(HEADER_S),
        VISAVIS_WEB__TRUSTED_PROXIES='["127.0.9.0/24"]',
        VISAVIS_ACCESS=f'[{{"token": "{TOKEN}", "user": "tess", "role": "tester"}}]',
    ) as running:
        yield running


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Chromium's flags for a caller with a voice and a face."""
    return voice_and_face(tmp_path_factory.mktemp("clips"))
