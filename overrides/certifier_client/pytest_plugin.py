"""The pytest plugin for tests of code that uses the client; its fixtures need the extra `sandbox`.

Nothing but pytest is imported until a test asks for a fixture: each run of pytest loads this.
"""

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certifier_client import Certifier
    from certifier_sandbox import Sandbox

WHERE = ["port", "in-process"]
_BEFORE = pytest.StashKey[dict[str, tuple[str | None, str]]]()  # by variable: before it, and ours


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting for where the sandbox runs, and the command-line option for it."""
    text = "where the sandbox of the fixture certifier_sandbox runs: port (the default) has a URL "
    text += "for any code, in-process needs no port, and code to use its transport"
    parser.addini("certifier_sandbox", text)
    group = parser.getgroup("certifier", "Certifier's sandbox")
    group.addoption("--certifier-sandbox", choices=WHERE, help=text)


def _where(config: pytest.Config) -> str:
    where: str = config.getoption("--certifier-sandbox") or config.getini("certifier_sandbox")
    return where or WHERE[0]


def pytest_configure(config: pytest.Config) -> None:
    """Reject a configuration with an unknown value."""
    if (where := _where(config)) not in WHERE:
        known = " or ".join(WHERE)
        raise pytest.UsageError(f"certifier_sandbox is {where!r} in the configuration: say {known}")


@pytest.fixture(scope="session")
def _certifier_sandbox(pytestconfig: pytest.Config) -> "Iterator[Sandbox]":
    """Run one sandbox for all tests."""
    from certifier_sandbox import in_process, running  # noqa: PLC0415 - see above

    with (running if _where(pytestconfig) == "port" else in_process)() as sandbox:
        yield sandbox


@pytest.fixture
def certifier_sandbox(
    _certifier_sandbox: "Sandbox", request: pytest.FixtureRequest
) -> "Iterator[Sandbox]":
    """Give a new sandbox: set up its state, and inspect the requests that it received.

    During the test the environment points to the sandbox and has its token, so a ``Certifier()``
    that the test creates, and the command ``certifier-client``, use it and never the service. In
    process they have nothing to connect to: there a client needs the sandbox's ``transport``.
    """
    _certifier_sandbox.reset()
    ours = {
        "CERTIFIER_BASE_URL": _certifier_sandbox.url,
        "CERTIFIER_ACCESS_TOKEN": _certifier_sandbox.token,
    }
    request.node.stash[_BEFORE] = {name: (os.environ.get(name), ours[name]) for name in ours}
    # Not by the fixture monkeypatch, whose undo() a test may call.
    with pytest.MonkeyPatch.context() as environment:
        for name, value in ours.items():
            environment.setenv(name, value)
        yield _certifier_sandbox


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> "Iterator[None]":
    """Take out of the environment what a monkeypatch that was undone later has brought back."""
    yield
    if _BEFORE not in item.stash:
        return
    for name, (before, ours) in item.stash[_BEFORE].items():
        if os.environ.get(name) == ours:
            del os.environ[name]
            os.environ |= {name: before} if before is not None else {}


@pytest.fixture
def certifier(certifier_sandbox: "Sandbox") -> "Iterator[Certifier]":
    """Give a client on the sandbox, which retries as any does.

    Of its own accord it waits no longer than 0.01 seconds, but for as long as ``Retry-After`` asks.
    """
    from certifier_client import Certifier, RetryPolicy  # noqa: PLC0415 - see above

    quick = RetryPolicy(base=0.01, throttled_base=0.01, cap=0.01)
    with Certifier(transport=certifier_sandbox.transport, retry=quick) as certifier:
        yield certifier
