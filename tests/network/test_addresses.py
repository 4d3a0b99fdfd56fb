"""How a connection to a host is opened, in both modes."""

import asyncio
import errno
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from certifier_client import InputError
from certifier_client._http.addresses import connect
from certifier_client._http.asyncio_sockets import Asyncio
from certifier_client._http.message import Origin
from certifier_client._http.mode import Address, Mode, Stream, clock, until
from certifier_client._http.sockets import Blocking
from certifier_client.blocking import run
from support import PATIENCE

LONGEST = "a." * 126 + "a"
Run = Callable[[Coroutine[Any, Any, Any]], Any]
NOWHERE: list[Address] = [
    (socket.AF_INET, socket.SOCK_STREAM, 0, ("192.0.2.1", port)) for port in (1, 2, 3)
]


def both_modes(test: Any) -> Any:
    """Run a test in both modes; each comes with the function that runs its coroutines."""
    modes = [
        pytest.param(Blocking(), run, id="sync"),
        pytest.param(Asyncio(), asyncio.run, id="async"),
    ]
    return pytest.mark.parametrize(("mode", "run_in"), modes)(test)


def opens(mode: Mode, host: str, port: int, seconds: float = PATIENCE) -> Any:
    """Return a coroutine that opens a connection and closes it."""

    async def opening() -> None:
        stream = await connect(mode, host, port, clock() + seconds)
        stream.close()

    return opening()


@both_modes
def test_the_host_is_the_one_that_was_named(mode: Mode, run_in: Run) -> None:
    """127.0.0.2 is not 127.0.0.1, where nobody listens."""
    with socket.create_server(("127.0.0.2", 0)) as server:
        run_in(opens(mode, "127.0.0.2", server.getsockname()[1]))
        server.settimeout(PATIENCE)
        server.accept()[0].close()


@both_modes
def test_a_host_without_an_address(
    mode: Mode, run_in: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resolver may find none."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    with pytest.raises(httpx.ConnectError, match=r"^the host has no address$"):
        run_in(opens(mode, "host", 80))


@both_modes
def test_a_host_that_is_not_found(mode: Mode, run_in: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says why."""

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(httpx.ConnectError, match="Name or service not known") as raised:
        run_in(opens(mode, "host", 80))
    assert isinstance(raised.value.__cause__, socket.gaierror)


@both_modes
def test_the_resolver_is_asked_for_the_host_and_the_port(
    mode: Mode, run_in: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless the host is an address."""
    asked: list[tuple[str, int]] = []

    def find(host: str, port: int, *_: object, **given: Any) -> Any:
        if given.get("flags"):
            raise socket.gaierror
        asked.append((host, port))
        return []

    monkeypatch.setattr(socket, "getaddrinfo", find)
    assert run_in(mode.resolve("host", 81, clock() + PATIENCE)) == []
    assert asked == [("host", 81)]


@both_modes
def test_a_name_becomes_addresses_for_tcp(mode: Mode, run_in: Run) -> None:
    """Only those for TCP: the other types of sockets would repeat them."""
    for host in ("localhost", "127.0.0.1"):
        found: list[Address] = run_in(mode.resolve(host, 80, clock() + PATIENCE))
        assert {kind for _, kind, _, _ in found} == {socket.SOCK_STREAM}
        assert (socket.AF_INET, ("127.0.0.1", 80)) in {(f, address) for f, _, _, address in found}


def test_a_resolver_that_takes_too_long_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs in a thread, which nobody can stop, while the task goes on."""
    released = threading.Event()

    def slowly(*_: object, **given: Any) -> Any:
        if not given.get("flags"):
            released.wait(PATIENCE)
        return []

    async def program() -> None:
        try:
            await opens(Asyncio(), "host", 80, 0.05)
        finally:
            released.set()

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    with pytest.raises(httpx.ConnectTimeout) as raised:
        asyncio.run(program())
    assert str(raised.value) == ""


class Failing:
    """A mode in which every connection fails."""

    def __init__(self, *errors: OSError) -> None:
        """Take the error of each address."""
        self._errors = list(errors)
        self.shares: list[float] = []

    async def resolve(self, *_: object) -> list[Address]:
        """Find an address for each error."""
        return NOWHERE[: len(self._errors)]

    async def connect(self, address: Address, end: float) -> Stream:
        """Write down the time that there is for the address."""
        assert address == NOWHERE[len(self.shares)]
        self.shares.append(end - clock())
        raise self._errors[len(self.shares) - 1]


def test_each_address_gets_its_share_of_the_time() -> None:
    """A quick failure leaves more to the others."""
    mode: Any = Failing(*[ConnectionRefusedError()] * 3)
    with pytest.raises(httpx.ConnectError):
        run(opens(mode, "host", 80, 6000))
    assert mode.shares == pytest.approx([2000, 3000, 6000], rel=0.1)


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        (TimeoutError(), httpx.ConnectTimeout),
        (ConnectionRefusedError("refused"), httpx.ConnectError),
    ],
)
def test_the_last_address_says_why(last: OSError, kind: type[Exception]) -> None:
    """Its error is the cause."""
    mode: Any = Failing(ConnectionResetError("first"), TimeoutError("second"), last)
    with pytest.raises(kind, match=f"^{last}$") as raised:
        run(opens(mode, "host", 80))
    assert raised.value.__cause__ is last


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_without_file_descriptors_no_other_address_is_tried(number: int) -> None:
    """None of them is the reason."""
    mode: Any = Failing(OSError(number, "Too many open files"), TimeoutError())
    with pytest.raises(OSError, match="Too many open files"):
        run(opens(mode, "host", 80))
    assert len(mode.shares) == 1


@pytest.mark.parametrize("host", [LONGEST, f"{LONGEST}."])
def test_the_longest_name_is_valid(host: str) -> None:
    """With a dot at its end, too."""
    mode: Any = Failing(ConnectionRefusedError())
    with pytest.raises(httpx.ConnectError):
        run(opens(mode, host, 80))


@pytest.mark.parametrize("host", [f"a{LONGEST}", "a" * 64, "a..b"])
def test_an_invalid_name_is_not_looked_up(host: str) -> None:
    """The resolver's own errors say less."""
    mode: Any = None
    with pytest.raises(InputError, match=f"^'{host}' is not a valid host name: check the base URL"):
        run(opens(mode, host, 80))


def test_a_scheme_has_its_port() -> None:
    """Unless the URL names one."""
    assert Origin("http", "::1", 8080).address == ("::1", 8080)
    assert Origin("http", "host", None).address == ("host", 80)
    assert Origin("https", "host", None).address == ("host", 443)
    assert Origin("https", "host", 8443).address == ("host", 8443)


def test_a_phase_ends_by_its_timeout_or_by_the_deadline() -> None:
    """Whichever comes first."""
    end = clock() + 1000
    assert until(None, end) == end
    assert until(2000, end) == end
    assert until(500, end) == pytest.approx(end - 500, abs=100)
    assert until(0, end) <= clock()


def test_an_event_loop_is_gone_when_it_is_closed() -> None:
    """Until then, its connections are used."""
    loop = asyncio.new_event_loop()
    assert not Asyncio().is_gone(loop)
    loop.close()
    assert Asyncio().is_gone(loop)
