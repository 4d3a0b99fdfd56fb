"""Each fault of the table ends a call as it says, and both clients alike."""

import asyncio
import gc
import logging
import re
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from certifier_client import AsyncCertifier, Certifier, CertifierError
from certifier_sandbox import TEMPLATE_ID
from faults import canary
from faults.fault import CANARY, FAST, Fault, Result
from faults.server import FaultServer, serving
from faults.table import FAULTS
from figures import faults as measured
from support import ROOT

_OVERRUN = 0.1  # seconds


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
            known.retry_after,
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


def call_sync(fault: Fault, server: FaultServer) -> Result:
    """Make the calls with a Certifier, and return what the last ended in."""
    fields = {"id": TEMPLATE_ID, **fault.fields}
    try:
        with Certifier(**options(fault, server)) as certifier:
            for _ in range(fault.calls - 1):
                certifier.credential_templates.update(**fields)
            time.sleep(0.02 if fault.calls > 1 else 0)  # the server may close what is idle
            return certifier.credential_templates.update(**fields)
    except CertifierError as error:
        return error


def call_async(fault: Fault, server: FaultServer) -> Result:
    """Make the calls with an AsyncCertifier, and return what the last ended in."""
    fields = {"id": TEMPLATE_ID, **fault.fields}

    async def call() -> Result:
        async with AsyncCertifier(**options(fault, server)) as certifier:
            for _ in range(fault.calls - 1):
                await certifier.credential_templates.update(**fields)
            await asyncio.sleep(0.02 if fault.calls > 1 else 0)
            return await certifier.credential_templates.update(**fields)

    try:
        return asyncio.run(call())
    except CertifierError as error:
        return error


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_ends_a_call_as_the_table_says(
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    ca_file: Path,
) -> None:
    """A template or one exception, in time, the same with each client, and no token told."""
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    measured.add("instances")

    def setter(server: FaultServer) -> None:
        for name, value in fault.environment.items():
            told = value.replace("CA", str(ca_file)).replace("PORT", str(server.port))
            monkeypatch.setenv(name, told)

    calls = {"passed_sync": call_sync, "passed_async": call_async}
    outcomes = {judge(call, name, fault, caplog, tmp_path, setter) for name, call in calls.items()}
    assert len(outcomes) == 1


def meet(
    call: Any,
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
    set_environment: Callable[[FaultServer], None],
) -> tuple[Result, FaultServer, list[warnings.WarningMessage], float]:
    """Let a client meet a fault; return what it ended in, and its seconds past the deadline."""
    caplog.clear()
    with (
        warnings.catch_warnings(record=True) as warned,
        serving(fault.script, tls=fault.tls and fault.tls()) as server,
    ):
        warnings.simplefilter("always")
        set_environment(server)
        deadline = options(fault, server)["deadline"]
        began = time.monotonic()
        result = call(fault, server)
        seconds = time.monotonic() - began
        gc.collect()  # what nobody closed warns of it
    assert not isinstance(result, CertifierError) or result.elapsed <= seconds
    # Where nothing was tried, the deadline may be no number.
    tried = not isinstance(result, CertifierError) or result.attempts
    return result, server, warned, seconds - deadline if tried else 0.0


def judge(
    call: Any,
    name: str,
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
    folder: Path,
    set_environment: Callable[[FaultServer], None],
) -> Outcome:
    """Let a client meet a fault, and hold what comes of it against the table."""
    # A busy machine is late now and then; a client that is late is so each time.
    meetings = (meet(call, fault, caplog, set_environment) for _ in range(5))
    in_time = next((meeting for meeting in meetings if meeting[-1] < _OVERRUN), None)
    assert in_time, f"more than {_OVERRUN} s late each time"
    result, server, warned, _ = in_time
    # httpcore logs the headers of an answer at DEBUG, whatever they hold; SECURITY.md says so.
    records = [record for record in caplog.records if not record.name.startswith("httpcore")]
    assert [told for told in warned if told.category is ResourceWarning] == []
    leaks = canary.found(result, records, warned, folder)
    measured.add("canary_leaks", len(leaks))
    assert leaks == []
    outcome = Outcome.of(result, server)
    if isinstance(result, CertifierError):
        assert fault.ends is not None, repr(result)
        assert isinstance(result, fault.ends), repr(result)
        assert fault.says in str(result)
        attempts = fault.requests if fault.attempts is None else fault.attempts
        assert result.attempts == attempts, str(result)
        assert result.may_have_been_applied is fault.ambiguous
        assert result.retry_after == fault.retry_after or fault.retry_after is None
    else:
        assert fault.ends is None, repr(result)
    assert fault.check(result), str(result)
    assert outcome.requests == fault.requests
    assert fault.wire(server)
    measured.add(name)
    return outcome


def test_each_row_of_the_list_is_shown() -> None:
    """By the table, or by tests that are marked with the row."""
    shown = {fault.row for fault in FAULTS}
    for path in (ROOT / "tests/faults").glob("test_*.py"):
        marked = re.findall(r"^@pytest.mark.row\((\d+)\)", path.read_text(), re.MULTILINE)
        shown |= set(map(int, marked))
    assert shown == set(range(1, 32))
