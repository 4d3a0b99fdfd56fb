"""The pytest plugin for tests of code that uses the client; its fixtures need the extra `sandbox`.

Nothing but pytest is imported until a test asks for a fixture: each run of pytest loads this.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certifier_client import Certifier
    from certifier_sandbox import Sandbox

WHERE = ["port", "in-process"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a project say where its sandbox runs, and a command line overrule it."""
    told = "where the sandbox of the fixture certifier_sandbox runs: port (the default) has a URL "
    told += "for any code, in-process needs no socket, and code to use its transport"
    parser.addini("certifier_sandbox", told)
    group = parser.getgroup("certifier", "Certifier's sandbox")
    group.addoption("--certifier-sandbox", choices=WHERE, help=told)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a configuration that names another place."""
    where = config.getini("certifier_sandbox")
    if where and where not in WHERE:
        known = " or ".join(WHERE)
        raise pytest.UsageError(f"certifier_sandbox is {where!r} in the configuration: say {known}")


@pytest.fixture(scope="session")
def _certifier_sandbox(pytestconfig: pytest.Config) -> "Iterator[Sandbox]":
    """Run one sandbox for all tests."""
    from certifier_sandbox import in_process, running  # noqa: PLC0415 - see above

    option = pytestconfig.getoption("--certifier-sandbox")
    where = option or pytestconfig.getini("certifier_sandbox") or WHERE[0]
    with (running if where == "port" else in_process)() as sandbox:
        yield sandbox


@pytest.fixture
def certifier_sandbox(
    _certifier_sandbox: "Sandbox", monkeypatch: pytest.MonkeyPatch
) -> "Iterator[Sandbox]":
    """Give a sandbox as new: set its scene with it, and look at what was asked of it.

    Meanwhile the environment names the sandbox and its token, so that a ``Certifier()`` and the
    command ``certifier-client`` work on it and never on the service. In process there is nothing
    that they could reach: there a client needs the sandbox's ``transport``.
    """
    _certifier_sandbox.reset()
    # Not by the fixture monkeypatch, whose undo() a test may call.
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CERTIFIER_BASE_URL", _certifier_sandbox.url)
        environment.setenv("CERTIFIER_ACCESS_TOKEN", _certifier_sandbox.token)
        yield _certifier_sandbox
        # Before ours: what a test set came later, and undone last it would bring ours back.
        monkeypatch.undo()


@pytest.fixture
def certifier(certifier_sandbox: "Sandbox") -> "Iterator[Certifier]":
    """Give a client on the sandbox, which retries as any does.

    Of its own accord it waits no longer than 0.01 seconds, but for as long as ``Retry-After`` asks.
    """
    from certifier_client import Certifier, RetryPolicy  # noqa: PLC0415 - see above

    quick = RetryPolicy(base=0.01, throttled_base=0.01, cap=0.01)
    with Certifier(transport=certifier_sandbox.transport, retry=quick) as certifier:
        yield certifier
