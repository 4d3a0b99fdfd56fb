"""A pytest plugin with the fixture `certifier_sandbox`, which needs the extra `sandbox`.

pytest loads this plugin in every run, so it imports the sandbox only when the fixture is used.
"""

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certifier_sandbox import Sandbox


MODES = ["port", "in-process"]
# For each variable, its value before the test and that of the sandbox.
_VALUES = pytest.StashKey[dict[str, tuple[str | None, str]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting and the command-line option for where the sandbox runs."""
    text = "where the sandbox of the fixture certifier_sandbox runs: port (the default) has a URL "
    text += "for any code; in-process needs no port, but clients must use its transport"
    parser.addini("certifier_sandbox", text)
    group = parser.getgroup("Certifier's sandbox")
    group.addoption("--certifier-sandbox", choices=MODES, help=text)


def _mode(config: pytest.Config) -> str:
    mode: str = config.getoption("--certifier-sandbox") or config.getini("certifier_sandbox")
    return mode or MODES[0]


def pytest_configure(config: pytest.Config) -> None:
    """Reject a configuration with an unknown value."""
    if (mode := _mode(config)) not in MODES:
        known = " or ".join(MODES)
        raise pytest.UsageError(f"certifier_sandbox is {mode!r} in the configuration: use {known}")


@pytest.fixture(scope="session")
def _certifier_sandbox(pytestconfig: pytest.Config) -> "Iterator[Sandbox]":
    """Run one sandbox for all tests."""
    from certifier_sandbox import in_process, running  # noqa: PLC0415 - see above

    with (running if _mode(pytestconfig) == "port" else in_process)() as sandbox:
        yield sandbox


@pytest.fixture
def certifier_sandbox(
    _certifier_sandbox: "Sandbox", request: pytest.FixtureRequest
) -> "Iterator[Sandbox]":
    """Provide a newly reset sandbox, to set up its state and inspect the requests it received.

    During the test, the environment has the sandbox's URL and token. So a ``Certifier()`` that the
    test creates, and the command ``certifier-client``, use it and never the live service. In
    process, a client needs the sandbox's ``transport``.
    """
    _certifier_sandbox.reset()
    values = {
        "CERTIFIER_BASE_URL": _certifier_sandbox.url,
        "CERTIFIER_ACCESS_TOKEN": _certifier_sandbox.token,
    }
    request.node.stash[_VALUES] = {name: (os.environ.get(name), values[name]) for name in values}
    # Not with the fixture monkeypatch: a test may call its undo().
    with pytest.MonkeyPatch.context() as environment:
        for name, value in values.items():
            environment.setenv(name, value)
        yield _certifier_sandbox


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> "Iterator[None]":
    """Restore the environment again, in case undoing a monkeypatch has set our values."""
    yield
    if _VALUES not in item.stash:
        return
    for name, (before, ours) in item.stash[_VALUES].items():
        if os.environ.get(name) == ours:
            del os.environ[name]
            os.environ |= {name: before} if before is not None else {}
