"""A client works the same with other event loops, and on a system without poll()."""

import asyncio
import select
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from faults.fault import Fault
from faults.table import FAULTS
from faults.test_fault_table import call_async, call_sync, judge

uvloop = pytest.importorskip("uvloop") if sys.platform != "win32" else None

Runner = Callable[[Coroutine[Any, Any, Any]], Any]


def run_eagerly(call: Coroutine[Any, Any, Any]) -> Any:
    """Run a call with eager tasks, as Python 3.12 allows."""
    factory: Any = getattr(asyncio, "eager_task_factory", None)
    with asyncio.Runner() as runner:
        runner.get_loop().set_task_factory(factory)
        return runner.run(call)


def run_in_debug_mode(call: Coroutine[Any, Any, Any]) -> Any:
    """Run a call in debug mode, without warnings about a busy machine."""
    with asyncio.Runner(debug=True) as runner:
        runner.get_loop().slow_callback_duration = 60
        return runner.run(call)


RUNNERS: dict[str, Runner] = {
    "debug": run_in_debug_mode,
    "eager": run_eagerly,
}
if uvloop:
    RUNNERS["uvloop"] = uvloop.run

# All faults of the network, and a sample of the others.
SAMPLE = [fault for fault in FAULTS if fault.row < 15 or fault.tls or FAULTS.index(fault) % 10 == 0]

# uvloop has its own resolver, which the patches do not replace.
PAIRS = [
    (fault, runner)
    for fault in SAMPLE
    for runner in RUNNERS
    if not (fault.row == 33 and runner == "uvloop")
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "runner"), PAIRS, ids=[f"{fault}-{runner}" for fault, runner in PAIRS]
)
def test_another_event_loop_changes_no_outcome(
    fault: Fault, runner: str, caplog: Any, tmp_path: Path, monkeypatch: Any, set_environment: Any
) -> None:
    """uvloop, asyncio's debug mode and eager tasks are tried."""
    monkeypatch.chdir(tmp_path)
    call = partial(call_async, run=RUNNERS[runner])
    judge(call, f"passed_{runner}", fault, caplog, tmp_path, partial(set_environment, fault))


@pytest.mark.slow
@pytest.mark.parametrize("fault", SAMPLE, ids=str)
def test_select_replaces_a_missing_poll(
    fault: Fault, caplog: Any, tmp_path: Path, monkeypatch: Any, set_environment: Any
) -> None:
    """Windows has no poll()."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delattr(select, "poll")
    judge(call_sync, "passed_select", fault, caplog, tmp_path, partial(set_environment, fault))
