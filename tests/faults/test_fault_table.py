"""Each fault of the table ends a call as it says, and both clients alike."""

import asyncio
import gc
import logging
import re
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest

from certifier_client import AsyncCertifier, Certifier, CertifierError
from certifier_sandbox import TEMPLATE_ID
from faults import canary
from faults.fault import CANARY, FAST, KINDS, Fault, Result
from faults.fault_server import FaultServer, error, read, send, serving
from faults.table import FAULTS
from figures import faults as measured
from stopwatch import Stopwatch
from support import ROOT

_OVERRUN = 0.1  # seconds
_QUICK = 3  # instances of a row
_MEETINGS = 50  # at most, of which all but the last are disturbed by the machine


@attrs.frozen
class Outcome:
    """What is the same with both clients."""

    kind: str
    status: int | None
    attempts: int
    ambiguous: bool
    retry_after: float | None
    requests: int

    @classmethod
    def of(cls, result: Result, server: FaultServer) -> "Outcome":
        """Tell what of a result counts."""
        status = getattr(result, "status", None)
        known = result if isinstance(result, CertifierError) else CertifierError()
        return cls(
            type(result).__name__,
            status,
            known.attempts,
            known.may_have_been_applied,
            None if known.retry_after is None else min(known.retry_after, 1e6),
            len(server.requests),
        )


def options(fault: Fault, server: FaultServer) -> dict[str, Any]:
    """Return what a client is told."""
    return {
        "access_token": CANARY,
        "base_url": server.url,
        "retry": FAST,
        "deadline": 5,
        **fault.options,
        **fault.also(server),
    }


def limits(told: dict[str, Any]) -> list[float]:
    """Return the limits in time of a call; one of which nothing comes may be no number."""
    phases = told["timeout"].as_dict().values() if "timeout" in told else []
    return [limit for limit in (told["deadline"], *phases) if isinstance(limit, int | float)]


def ends_earlier(fault: Fault) -> AbstractContextManager[object]:
    """Expect what all but the last call end in."""
    return pytest.raises(fault.earlier) if fault.earlier else nullcontext()


def call_sync(fault: Fault, server: FaultServer, told: dict[str, Any]) -> Result:
    """Make the calls with a Certifier, and return what the last ended in."""
    fields = {"id": TEMPLATE_ID, **fault.fields}
    try:
        with Certifier(**told) as certifier:
            for _ in range(fault.calls - 1):
                with ends_earlier(fault):
                    certifier.credential_templates.update(**fields)
                assert server.wait_until(
                    lambda server: not server.busy
                )  # it may close what is idle
            return certifier.credential_templates.update(**fields)
    except CertifierError as failed:
        return failed


def call_async(
    fault: Fault,
    server: FaultServer,
    told: dict[str, Any],
    run: Callable[[Coroutine[Any, Any, Result]], Result] = asyncio.run,
) -> Result:
    """Make the calls with an AsyncCertifier, and return what the last ended in."""
    fields = {"id": TEMPLATE_ID, **fault.fields}

    async def call() -> Result:
        async with AsyncCertifier(**told) as certifier:
            for _ in range(fault.calls - 1):
                with ends_earlier(fault):
                    await certifier.credential_templates.update(**fields)
                assert server.wait_until(lambda server: not server.busy)
            return await certifier.credential_templates.update(**fields)

    try:
        return run(call())
    except CertifierError as failed:
        return failed


def rows() -> Iterator[Any]:
    """Give each fault; of a row with many, those after the first few are left out of make quick."""
    so_far = Counter[int]()
    for fault in FAULTS:
        so_far[fault.row] += 1
        is_slow = fault.slow or so_far[fault.row] > _QUICK
        yield pytest.param(fault, id=str(fault), marks=[pytest.mark.slow] if is_slow else [])


@pytest.mark.parametrize("fault", [*rows()])
def test_a_fault_ends_a_call_as_the_table_says(
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    set_environment: Callable[[Fault, FaultServer], None],
) -> None:
    """A template or one exception, in time, the same with each client, and no token told."""
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    measured.add("instances")

    setter = partial(set_environment, fault)
    calls = {"passed_sync": call_sync, "passed_async": call_async}
    outcomes = {judge(call, name, fault, caplog, tmp_path, setter) for name, call in calls.items()}
    assert len(outcomes) == 1


@attrs.frozen
class Meeting:
    """How a client met a fault.

    Attributes:
        result: what the call ended in.
        server: which had the fault.
        warned: what was warned of.
        watch: the time that it took.
        limits: the limits in time of the call, the deadline first.

    """

    result: Result
    server: FaultServer
    warned: Sequence[warnings.WarningMessage]
    watch: Stopwatch
    limits: Sequence[float]

    @property
    def disturbed(self) -> bool:
        """Whether the machine itself used up what the shortest limit allows for."""
        return self.watch.delay > min(self.limits, default=0.0) / 2


def meet(
    call: Any,
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
    set_environment: Callable[[FaultServer], None],
) -> Meeting:
    """Let a client meet a fault."""
    caplog.clear()
    with (
        warnings.catch_warnings(record=True) as warned,
        serving(fault.script, tls=fault.tls and fault.tls()) as server,
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        warnings.simplefilter("always")
        set_environment(server)
        fault.patch(monkeypatch, server)
        told = options(fault, server)
        with Stopwatch() as watch:
            result = call(fault, server, told)
        gc.collect()  # what nobody closed warns of it
    return Meeting(result, server, warned, watch, limits(told))


def judge(
    call: Any,
    name: str,
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
    folder: Path,
    set_environment: Callable[[FaultServer], None],
) -> Outcome:
    """Let a client meet a fault, and hold what comes of it against the table."""
    for _ in range(_MEETINGS):
        meeting = meet(call, fault, caplog, set_environment)
        leaks = canary.found(meeting.result, caplog.records, meeting.warned, folder)
        measured.add("canary_leaks", len(leaks))
        assert leaks == []
        assert [
            told for told in caplog.record_tuples if told[0] == "asyncio" and told[1] > logging.INFO
        ] == []
        assert [told for told in meeting.warned if told.category is ResourceWarning] == []
        try:
            outcome = hold_against(fault, meeting)
        except AssertionError:
            if not meeting.disturbed:
                raise
        else:
            measured.add(name)
            return outcome
    pytest.fail("the machine is too busy: it disturbed each meeting, and none ended as it should")


def hold_against(fault: Fault, meeting: Meeting) -> Outcome:
    """Hold a meeting against the table."""
    result, server = meeting.result, meeting.server
    outcome = Outcome.of(result, server)
    if isinstance(result, CertifierError):
        assert fault.ends is not None, repr(result)
        assert isinstance(result, fault.ends), repr(result)
        assert fault.says in str(result)
        attempts = fault.requests if fault.attempts is None else fault.attempts
        assert result.attempts == attempts, str(result)
        assert result.may_have_been_applied is fault.ambiguous
        assert result.retry_after == fault.retry_after or fault.retry_after is None
        assert result.elapsed <= meeting.watch.elapsed
    else:
        assert fault.ends is None, repr(result)
    assert fault.check(result), str(result)
    assert outcome.requests == fault.requests
    assert fault.wire(server)
    if outcome.attempts or fault.ends is None:
        assert meeting.watch.seconds < meeting.limits[0] + _OVERRUN
    return outcome


@pytest.mark.row(17)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("asked", ["2", "Wed, 01 Jan 2020 00:00:02 GMT"])
def test_what_the_service_asks_for_is_waited(
    kind: Any, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, by each client, as seconds or as a date, which counts from that of the response."""
    waits: list[float] = []
    sleep, asyncio_sleep, here = time.sleep, asyncio.sleep, threading.get_ident()

    def noted(seconds: float) -> float:
        if threading.get_ident() != here:  # a server's, say
            return seconds
        waits.append(seconds)
        return 0

    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(noted(seconds)))
    monkeypatch.setattr(asyncio, "sleep", lambda seconds: asyncio_sleep(noted(seconds)))
    date = ("Date", "Wed, 01 Jan 2020 00:00:00 GMT")
    fault = Fault(17, asked, [(read, send(error(429, [("Retry-After", asked), date])))])
    with serving(fault.script) as server:
        told = options(fault, server)
        if kind is Certifier:
            call_sync(fault, server, told)
        else:
            call_async(fault, server, told)
        assert len(server.requests) == 2
    (wait,) = filter(None, waits)
    assert 2 <= wait <= 2.5


def test_each_row_of_the_list_is_shown() -> None:
    """By the table, or by tests that are marked with the row."""
    shown = {fault.row for fault in FAULTS}
    for path in (ROOT / "tests/faults").glob("test_*.py"):
        marked = re.findall(r"^@pytest.mark.row\((\d+)\)", path.read_text(), re.MULTILINE)
        shown |= set(map(int, marked))
    assert shown == {*range(1, 45), 46, 47, 49, 51}
