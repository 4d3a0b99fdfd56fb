"""Each fault ends a call as the table says, and both clients end alike."""

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
from typing import Any, cast

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
_MEETINGS = 50  # attempts at most; the machine disturbed all except the last


@attrs.frozen
class Outcome:
    """The part of an outcome that must be the same for both clients."""

    kind: str
    status: int | None
    attempts: int
    ambiguous: bool
    retry_after: float | None
    requests: int

    @classmethod
    def of(cls, result: Result, server: FaultServer) -> "Outcome":
        """Return the outcome of a result."""
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


# The messages of messages.txt, where … is any text.
MESSAGES = [
    re.compile(re.escape(line).replace("…", ".*"), re.DOTALL)
    for line in (ROOT / "tests/faults/messages.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


def without_call(error: CertifierError) -> str:
    """Return the message of an error without its request, attempts and time."""
    return re.sub(r"^[A-Z]+ \S+: | \[\d+ attempts, [\d.]+ s\]$", "", str(error))


def options(fault: Fault, server: FaultServer) -> dict[str, Any]:
    """Return the options for a client."""
    return {
        "access_token": CANARY,
        "base_url": server.url,
        "retry": FAST,
        "deadline": 5,
        **fault.options,
        **fault.also(server),
    }


def limits(given: dict[str, Any]) -> list[float]:
    """Return the deadline and the timeouts of a call; those under test may not be numbers."""
    phases = given["timeout"].as_dict().values() if "timeout" in given else []
    return [limit for limit in (given["deadline"], *phases) if isinstance(limit, int | float)]


def ends_earlier(fault: Fault) -> AbstractContextManager[object]:
    """Expect the exception that every call except the last raises."""
    return pytest.raises(fault.earlier) if fault.earlier else nullcontext()


def call_sync(fault: Fault, server: FaultServer, given: dict[str, Any]) -> Result:
    """Make the calls with a Certifier, and return the result of the last."""
    fields = {"id": TEMPLATE_ID, **fault.fields}
    try:
        with Certifier(**given) as certifier:
            for _ in range(fault.calls - 1):
                with ends_earlier(fault):
                    certifier.credential_templates.update(**fields)
                assert server.wait_until(
                    lambda server: not server.busy
                )  # the server may close the idle connection
            return certifier.credential_templates.update(**fields)
    except CertifierError as failed:
        return failed


def call_async(
    fault: Fault,
    server: FaultServer,
    given: dict[str, Any],
    run: Callable[[Coroutine[Any, Any, Result]], Result] = asyncio.run,
) -> Result:
    """Make the calls with an AsyncCertifier, and return the result of the last."""
    fields = {"id": TEMPLATE_ID, **fault.fields}

    async def call() -> Result:
        async with AsyncCertifier(**given) as certifier:
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
    """Yield each fault; of each row only the first few are part of make quick."""
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
    """It gives a template or one exception, in time and alike for both clients; no token shows."""
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    measured.add("instances")

    setter = partial(set_environment, fault)
    calls = {"passed_sync": call_sync, "passed_async": call_async}
    outcomes = {judge(call, name, fault, caplog, tmp_path, setter) for name, call in calls.items()}
    assert len(outcomes) == 1


@attrs.frozen
class Meeting:
    """A call that met a fault.

    Attributes:
        result: what the call returned or raised.
        server: the server with the fault.
        warned: the warnings.
        watch: how long it took.
        limits: the deadline of the call, and then its timeouts.
        attempts: the attempts of the last call, according to the log.

    """

    result: Result
    server: FaultServer
    warned: Sequence[warnings.WarningMessage]
    watch: Stopwatch
    limits: Sequence[float]
    attempts: int

    @property
    def disturbed(self) -> bool:
        """Whether the machine itself caused a delay as long as the shortest limit."""
        return self.watch.delay > min(self.limits, default=0.0) / 2


def meet(
    call: Any,
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
    set_environment: Callable[[FaultServer], None],
) -> Meeting:
    """Expose a client to a fault."""
    caplog.clear()
    with (
        caplog.at_level(logging.DEBUG, "certifier_client"),
        warnings.catch_warnings(record=True) as warned,
        serving(fault.script, tls=fault.tls and fault.tls()) as server,
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        warnings.simplefilter("always")
        set_environment(server)
        fault.patch(monkeypatch, server)
        given = options(fault, server)
        with Stopwatch() as watch:
            result = call(fault, server, given)
        gc.collect()  # an unclosed socket warns
    return Meeting(result, server, warned, watch, limits(given), attempts_of(caplog.records))


def attempts_of(records: Sequence[logging.LogRecord]) -> int:
    """Return the number of the last attempt in a log."""
    logged = [r.args for r in records if r.name == "certifier_client" and "attempt" in r.msg]
    return cast("tuple[Any, int]", logged[-1])[1] if logged else 0


def judge(
    call: Any,
    name: str,
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
    folder: Path,
    set_environment: Callable[[FaultServer], None],
) -> Outcome:
    """Expose a client to a fault, and compare the outcome with the table."""
    for _ in range(_MEETINGS):
        meeting = meet(call, fault, caplog, set_environment)
        leaks = canary.found(meeting.result, caplog.records, meeting.warned, folder)
        measured.add("canary_leaks", len(leaks))
        assert leaks == []
        assert [
            record
            for record in caplog.record_tuples
            if record[0] == "asyncio" and record[1] > logging.INFO
        ] == []
        assert [warning for warning in meeting.warned if warning.category is ResourceWarning] == []
        try:
            outcome = compare(fault, meeting)
        except AssertionError:
            if not meeting.disturbed:
                raise
        else:
            measured.add(name)
            return outcome
    pytest.fail("the machine is too busy: it disturbed each meeting, and none ended as it should")


def compare(fault: Fault, meeting: Meeting) -> Outcome:
    """Compare an outcome with the table."""
    result, server = meeting.result, meeting.server
    outcome = Outcome.of(result, server)
    if isinstance(result, CertifierError):
        assert fault.ends is not None, repr(result)
        assert isinstance(result, fault.ends), repr(result)
        assert fault.says in str(result)
        assert any(message.fullmatch(without_call(result)) for message in MESSAGES), str(result)
        assert result.attempts == meeting.attempts, str(result)
        assert result.may_have_been_applied is fault.ambiguous
        assert result.retry_after == fault.retry_after or fault.retry_after is None
        assert result.elapsed <= meeting.watch.elapsed
    else:
        assert fault.ends is None, repr(result)
    assert fault.check(result), str(result)
    assert outcome.requests == fault.requests
    earlier = fault.calls - 1
    assert meeting.attempts == (
        fault.requests - earlier if fault.attempts is None else fault.attempts
    )
    assert fault.wire(server)
    if outcome.attempts or fault.ends is None:
        assert meeting.watch.seconds < meeting.limits[0] + _OVERRUN
    return outcome


@pytest.mark.row(17)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("asked", ["2", "Wed, 01 Jan 2020 00:00:02 GMT"])
def test_retry_after_is_respected(kind: Any, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each client waits once, for some seconds, or until a date relative to the response's Date."""
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
        given = options(fault, server)
        if kind is Certifier:
            call_sync(fault, server, given)
        else:
            call_async(fault, server, given)
        assert len(server.requests) == 2
    (wait,) = filter(None, waits)
    assert 2 <= wait <= 2.5


def test_each_row_of_the_list_is_shown() -> None:
    """Each row is in the table, or a test is marked with it."""
    shown = {fault.row for fault in FAULTS}
    for path in (ROOT / "tests/faults").glob("test_*.py"):
        marked = re.findall(r"^@pytest.mark.row\((\d+)\)", path.read_text(), re.MULTILINE)
        shown |= set(map(int, marked))
    assert shown == {*range(1, 45), 46, 47, 49, 51}
