"""The fixtures of a sandbox on a socket, for a conftest to import."""

from collections.abc import Iterator

import pytest

from certifier_sandbox import PREMIUM_TOKEN, running
from support import Sandbox


@pytest.fixture(scope="session")
def process() -> Iterator[Sandbox]:
    """Run one sandbox for all tests."""
    with running() as server:
        sandbox = Sandbox(server.url)
        yield sandbox
        sandbox.close()


@pytest.fixture
def sandbox(process: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Give each test the sandbox as new, and the environment that a user would set."""
    process.reset()
    monkeypatch.setenv("CERTIFIER_ACCESS_TOKEN", PREMIUM_TOKEN)
    monkeypatch.setenv("CERTIFIER_BASE_URL", process.url)
    return process
