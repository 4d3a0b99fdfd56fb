"""Figures of the suites, added up from the processes that run them, printed and written."""

import signal
from typing import Any

import pytest

from figures import SUITES


def pytest_configure() -> None:
    """Have Ctrl-C at work in the processes of tests, also where a shell started all with `&`."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_testnodedown(node: Any) -> None:
    """Take in what a process of pytest-xdist counted."""
    for suite, figures in getattr(node, "workeroutput", {}).get("figures", {}).items():
        SUITES[suite].merge(figures)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the figures to the process that started this one, or write them."""
    output = getattr(session.config, "workeroutput", None)
    for suite, figures in SUITES.items():
        if output is None:
            figures.write()
        else:
            output.setdefault("figures", {})[suite] = figures.values


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print them."""
    for suite, figures in SUITES.items():
        for line in figures.lines():
            terminalreporter.write_line(f"{suite}: {line}")
