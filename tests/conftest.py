"""Collect the figures of the suites from all worker processes, print them and write them."""

import signal
from typing import Any

import pytest

from figures import SUITES


def pytest_configure() -> None:
    """Make Ctrl-C work in tests that start processes, even if a shell started pytest with `&`."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_testnodedown(node: Any) -> None:
    """Add the figures of a worker of pytest-xdist."""
    for suite, figures in getattr(node, "workeroutput", {}).get("figures", {}).items():
        SUITES[suite].merge(figures)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the figures to the main process, or write them."""
    output = getattr(session.config, "workeroutput", None)
    for suite, figures in SUITES.items():
        if output is None:
            figures.write()
        else:
            output.setdefault("figures", {})[suite] = figures.values


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures."""
    for suite, figures in SUITES.items():
        for line in figures.lines():
            terminalreporter.write_line(f"{suite}: {line}")
