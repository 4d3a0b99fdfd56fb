"""A call is interrupted at each of its lines in turn, and leaves the client intact.

An interrupt may hit right after a socket or coroutine was created, before anything refers to it.
Python then closes it, and warns in development mode. One such warning for each interrupt is
allowed: avoiding it would take a signal handler, and signals belong to the program.
"""

import dis
import gc
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import attrs
import pytest

import certifier_client
from certifier_client import Certifier
from certifier_client._http import pool, sockets
from faults import fault_server as s
from faults.cases import HTTP, OWN, SOCKS, Case
from faults.fault import CANARY, in_use
from faults.fault_server import MAX_WAIT, FaultServer, Turn, error, named, read, send, serving

PACKAGE = Path(certifier_client.__file__).parent
TRACED = tuple(str(PACKAGE / name) for name in ("_http", "_call"))

ALLOWED = ("unclosed <socket.socket", "coroutine ")


@attrs.define
class Interrupt:
    """Raises KeyboardInterrupt at the n-th place in the code that was not seen before.

    Attributes:
        number: the number of the place, from 1.
        event: the kind of place: a "line", or "after a call", where Python checks for signals.
        seen: the places seen so far.
        previous: the previous instruction of each frame.

    """

    number: int
    event: str = "line"
    seen: set[tuple[str, int]] = attrs.field(factory=set)
    previous: dict[FrameType, str] = attrs.field(factory=dict, repr=False)

    def trace(self, frame: FrameType, event: str, _: object) -> Any:
        """Trace a frame of the client."""
        if not frame.f_code.co_filename.startswith(TRACED):
            return None
        frame.f_trace_opcodes = self.event == "after a call"
        if self._is_place(frame, event):
            at = frame.f_lineno if self.event == "line" else frame.f_lasti
            place = (f"{frame.f_code.co_filename}:{frame.f_code.co_qualname}", at)
            if place not in self.seen:
                self.seen.add(place)
                if len(self.seen) == self.number:
                    raise KeyboardInterrupt
        return self.trace

    def _is_place(self, frame: FrameType, event: str) -> bool:
        if event != "opcode":
            return event == self.event
        previous = self.previous.get(frame, "")
        self.previous[frame] = dis.opname[frame.f_code.co_code[frame.f_lasti]]
        return previous.startswith(("CALL", "RESUME", "JUMP_BACKWARD"))

    def met_by(self, call: Callable[[], object]) -> bool:
        """Return whether a call was interrupted, after its frames are gone."""
        before = sys.gettrace()
        # Python 3.12 traces opcodes only if a frame has already asked for it.
        sys._getframe().f_trace_opcodes = True
        sys.settrace(self.trace)
        try:
            call()
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(before)
            self.previous.clear()  # drops the frames and their variables
        assert len(self.seen) < self.number, "the interrupt did not reach the caller"
        return False


@contextmanager
def at_most_one_warning(where: Interrupt) -> Iterator[None]:
    """Check that there is at most one warning, about an unreferenced socket or coroutine."""
    warned: list[str] = []
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as monkeypatch:
        warnings.simplefilter("always")
        # Only the text: a record of the warning would keep the object alive.
        monkeypatch.setattr(
            warnings, "showwarning", lambda text, *_, **__: warned.append(str(text))
        )
        yield
        gc.collect()
    assert len(warned) <= 1, where
    assert all(text.startswith(ALLOWED) for text in warned), warned


Served = tuple[FaultServer, FaultServer, dict[str, Any]]


@contextmanager
def whole(case: Case, served: Served) -> Iterator[Certifier]:
    """Run a client that has made the earlier calls, and check that it leaves nothing open."""
    server, proxy, options = served
    server.follow(case.script)
    certifier = Certifier(**options)
    for _ in range(case.before):
        certifier.groups.update("id0", name="before")
    yield certifier
    gc.collect()
    assert in_use(certifier) in ([0], [])  # none if there was no connection yet
    assert certifier.groups.update("id3", name="after").name == "after"
    assert in_use(certifier) == [0]
    certifier.close()
    for each in (server, proxy):
        assert each.wait_until(lambda each: not each.open)


CASES = {
    "a new connection": Case(),
    "a reused connection": Case(before=1),
    "a reused connection that is closed": Case([OWN, (read, s.close)], before=1),
    "a retry": Case([(read, send(error(503)))]),
    "a connection that breaks off": Case([(read, s.reset)]),
    "TLS": Case(host="localhost", tls=True),
    "a reused connection, TLS": Case(host="localhost", tls=True, before=1),
    "a tunnel": Case(host="localhost", tls=True, proxy=HTTP),
    "SOCKS": Case(proxy=SOCKS),
}

QUICK = ("a new connection",)
PARAMETERS = [
    pytest.param(case, id=name, marks=[] if name in QUICK else [pytest.mark.slow])
    for name, case in CASES.items()
]


@pytest.mark.row(35)
@pytest.mark.parametrize("event", ["line", pytest.param("after a call", marks=pytest.mark.slow)])
@pytest.mark.parametrize("case", PARAMETERS)
def test_a_call_can_be_interrupted_anywhere(
    case: Case, event: str, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller gets KeyboardInterrupt, the slot is free, and the next call works."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    number = 0
    was_interrupted = True
    with case.served() as served:
        while was_interrupted:
            number += 1
            interrupt = Interrupt(number, event)
            with at_most_one_warning(interrupt), whole(case, served) as certifier:
                was_interrupted = interrupt.met_by(lambda: certifier.groups.update("id1", name="a"))
    assert number > 100  # there is something to interrupt


@pytest.mark.row(35)
@pytest.mark.parametrize("event", ["line", pytest.param("after a call", marks=pytest.mark.slow)])
def test_close_can_be_interrupted_anywhere(event: str) -> None:
    """All that is still open is closed when the client is garbage-collected, or earlier."""
    number = 0
    was_interrupted = True
    while was_interrupted:
        number += 1
        interrupt = Interrupt(number, event)
        with at_most_one_warning(interrupt), serving([OWN]) as server:
            certifier = Certifier(access_token=CANARY, base_url=server.url)
            certifier.groups.update("id0", name="before")
            was_interrupted = interrupt.met_by(certifier.close)
            certifier.close()
            del certifier
            gc.collect()
            assert server.wait_until(lambda server: not server.open)
    assert number > 5  # there is something to interrupt


def is_main_thread_in(function: str) -> bool:
    """Return whether the main thread is in a function of the client."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame:
        if frame.f_code.co_name == function and frame.f_code.co_filename.startswith(TRACED):
            return True
        frame = frame.f_back
    return False


@pytest.mark.row(28)
@pytest.mark.row(35)
def test_ctrl_c_while_waiting_leaves_the_slot_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The call that has the slot succeeds, and so does the next one."""
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 1)
    release = threading.Event()

    def interrupt() -> None:
        while not is_main_thread_in("take"):
            time.sleep(0.001)
        main = threading.main_thread().ident
        assert main
        signal.pthread_kill(main, signal.SIGINT)

    turn: Turn = (read, s.until(release), s.echo(named))
    case = Case([turn])
    with (
        case.served() as served,
        whole(case, served) as certifier,
        ThreadPoolExecutor(2) as executor,
    ):
        server, *_ = served
        other = executor.submit(certifier.groups.update, "id1", name="other")
        assert server.wait_until(lambda server: len(server.requests) == 1)
        executor.submit(interrupt)
        with pytest.raises(KeyboardInterrupt):
            certifier.groups.update("id2", name="interrupted")
        assert in_use(certifier) == [1]
        release.set()
        assert other.result().name == "other"


@pytest.mark.row(35)
@pytest.mark.slow
@pytest.mark.parametrize("event", ["line", "after a call"])
def test_a_wait_for_a_slot_can_be_interrupted_anywhere(
    event: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be before and after it got the slot; the call that had the slot succeeds."""
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 1)
    number = 0
    was_interrupted = True
    while was_interrupted:
        number += 1
        release = threading.Event()
        turn: Turn = (read, s.until(release), s.echo(named))
        interrupt, case = Interrupt(number, event), Case([turn])
        with (
            at_most_one_warning(interrupt),
            case.served() as served,
            whole(case, served) as certifier,
            ThreadPoolExecutor(2) as executor,
        ):
            server, *_ = served
            other = executor.submit(certifier.groups.update, "id1", name="other")
            assert server.wait_until(lambda server: len(server.requests) == 1)
            executor.submit(release_when_waiting, release)
            was_interrupted = interrupt.met_by(lambda: certifier.groups.update("id2", name="a"))
            release.set()
            assert other.result().name == "other"


def release_when_waiting(release: threading.Event) -> None:
    """Let the call that has the slot end, once the main thread waits for the slot."""
    while not (is_main_thread_in("take") or release.is_set()):
        time.sleep(0.0001)
    release.set()


@pytest.mark.row(35)
def test_the_slot_of_a_collected_holder_is_reused(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no notification, like after a call that was interrupted while releasing its slot."""
    monkeypatch.setattr(sockets, "_RECHECK", 0.001)
    slots: Any = sockets.Blocking().slots(1)

    class Holder:
        """The owner of a slot."""

    holder = Holder()
    run_blocking(slots.take(holder, time.monotonic()))
    with ThreadPoolExecutor(1) as executor:
        second = Holder()
        waiting = executor.submit(run_blocking, slots.take(second, time.monotonic() + MAX_WAIT))
        del holder
        gc.collect()
        waiting.result(MAX_WAIT / 2)
    assert slots.in_use == 1


def run_blocking(coroutine: Any) -> None:
    """Run a coroutine in blocking mode."""
    with pytest.raises(StopIteration):
        coroutine.send(None)
