"""A fault of the table, and helpers to write one."""

import dataclasses
import datetime as dt
import os
import socket
import ssl
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import attrs
import httpx
import pytest
import trustme

from certifier_client import (
    AsyncCertifier,
    Certifier,
    CertifierError,
    CredentialTemplate,
    RetryPolicy,
)
from certifier_client._http import mode
from faults.fault_server import FaultServer, Turn, error, read, response, send

SEED = int(os.environ.get("SEED", "1"))  # of suites with random input

Result = CredentialTemplate | CertifierError

CANARY = "cfp_canary5up3rs3cr3t"

KINDS = [pytest.param(Certifier, id="sync"), pytest.param(AsyncCertifier, id="async")]

# Very short waits, so that the table is fast; test_retry.py tests the documented ones.
FAST = RetryPolicy(base=0.001, throttled_base=0.001)
CAREFUL = dataclasses.replace(FAST, retry_ambiguous=False)
ONCE = dataclasses.replace(FAST, attempts=1)


@attrs.frozen
class Fault:
    """Something that happens to a call, and how the call must end.

    Attributes:
        row: the number in the list of faults.
        name: what happens.
        script: the turns of the server.
        ends: the class of the exception; None if the call returns a template.
        requests: the number of requests that the server reads.
        attempts: the exception's `attempts`; None if it equals `requests`.
        ambiguous: the exception's `may_have_been_applied`.
        says: a part of the exception's text.
        retry_after: the exception's `retry_after`.
        options: the client's options besides the server's address.
        environment: environment variables; CA stands for the file of a certificate that the user
            trusts, PORT for the server's port.
        fields: the fields of the update, and the id if it is not the default.
        calls: the number of calls that the client makes; all except the last succeed.
        earlier: the exception's class if the earlier calls fail instead.
        tls: the server's certificate, if it has one.
        check: a further check of the template or the exception.
        wire: a check of the server after the calls.
        also: further options that depend on the running server.
        slow: whether `make quick` skips it.
        patch: replaces a part of the environment, such as the addresses of a host.

    """

    row: int
    name: str
    script: Sequence[Turn]
    ends: type[CertifierError] | None = None
    requests: int = 1
    attempts: int | None = None
    ambiguous: bool = False
    says: str = ""
    retry_after: float | None = None
    options: Mapping[str, Any] = {}
    environment: Mapping[str, str] = {}
    fields: Mapping[str, Any] = {}
    calls: int = 1
    earlier: type[CertifierError] | None = None
    tls: Callable[[], ssl.SSLContext] | None = None
    check: Callable[[Any], bool] = lambda _: True
    wire: Callable[[FaultServer], bool] = lambda _: True
    also: Callable[[FaultServer], Mapping[str, Any]] = lambda _: {}
    slow: bool = False
    patch: Callable[[pytest.MonkeyPatch, FaultServer], None] = lambda _, __: None

    def __str__(self) -> str:
        """Return the name for reports."""
        return f"{self.row}: {self.name}"


def timeout(**phases: float) -> Any:
    """Return the default timeouts with these changed."""
    return httpx.Timeout(**{"connect": 5, "read": 30, "write": 10, "pool": 10, **phases})


def in_use(certifier: Any) -> list[int]:
    """Return how many connections of each process and event loop a client has in use."""
    return [owned.slots.in_use for owned in certifier._caller.sender._transport._owned.values()]


def free_port() -> int:
    """Return a port that nothing listens on; it stays bound, so that nothing else takes it."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    _KEPT.append(taken)
    port: int = taken.getsockname()[1]
    return port


def full_port() -> int:
    """Return a port whose accept queue is full, so that connecting hangs."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    port: int = listener.getsockname()[1]
    waiting = [socket.socket() for _ in range(3)]
    for connection in waiting:
        connection.settimeout(0)
        connection.connect_ex(("127.0.0.1", port))
    _KEPT.extend([listener, *waiting])
    return port


_KEPT: list[socket.socket] = []


Place = tuple[int, int]  # an address family, and a port of this machine


def resolving(*places: Callable[[FaultServer], Place]) -> Any:
    """Return a patch that resolves every host name to these addresses."""

    def patch(monkeypatch: pytest.MonkeyPatch, server: FaultServer) -> None:
        original = socket.getaddrinfo
        found = [place(server) for place in places]

        def getaddrinfo(*args: Any, **kwargs: Any) -> Any:
            if kwargs.get("flags"):  # only asks whether the host is a number
                return original(*args, **kwargs)
            kind = socket.SOCK_STREAM
            return [(family, kind, 0, "", ("127.0.0.1", port)) for family, port in found]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return patch


def serves(server: FaultServer) -> Place:
    """Return the address of the server."""
    return socket.AF_INET, server.port


def closed(_: FaultServer) -> Place:
    """Return an address where connections are refused."""
    return socket.AF_INET, free_port()


def swallows(_: FaultServer) -> Place:
    """Return an address where connecting hangs."""
    return socket.AF_INET, full_port()


def unsupported(server: FaultServer) -> Place:
    """Return an address of a family that this machine does not support."""
    return 99, server.port


def without(code: int, also: Any = None) -> Any:
    """Return a patch that makes creating a socket fail with this error number."""

    def patch(monkeypatch: pytest.MonkeyPatch, server: FaultServer) -> None:
        if also:
            also(monkeypatch, server)

        def fail(*_: int) -> None:
            raise OSError(code, os.strerror(code))

        # Only the client's sockets: the server and the event loop need theirs.
        monkeypatch.setattr(mode, "socket", SimpleNamespace(**{**vars(socket), "socket": fail}))

    return patch


CA = trustme.CA()
OTHER_CA = trustme.CA()
LONG_AGO = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)


def certificate(ca: trustme.CA = CA, name: str = "localhost", **how: Any) -> ssl.SSLContext:
    """Return an SSL context for a server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name, **how).configure_cert(context)
    return context


def old_tls() -> ssl.SSLContext:
    """Return an SSL context for a server that speaks at most TLS 1.1."""
    context = certificate()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old TLS is the point
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def variants(
    row: int, name: str, turn: Turn, ends: type[CertifierError], *, ambiguous: bool = True
) -> list[Fault]:
    """Return a fault that occurs once, one that persists, and one without ambiguous retries."""
    careful = Fault(row, f"{name}, careful", [turn], None, 2, options={"retry": CAREFUL})
    if ambiguous:
        careful = attrs.evolve(careful, ends=ends, requests=1, ambiguous=True)
    return [
        Fault(row, f"{name}, once", [turn], None, 2),
        Fault(row, f"{name}, always", [turn] * 3, ends, 3, ambiguous=ambiguous),
        careful,
    ]


def body(content: bytes | str, length: int | None = None) -> Turn:
    """Return a success with this body, which may be shorter than its Content-Length."""
    data = content.encode() if isinstance(content, str) else content
    headers = [("Content-Length", str(len(data) if length is None else length))]
    return (read, send(response(200, data, headers)))


def documented_error(status: int) -> Turn:
    """Return a documented error."""
    return (read, send(error(status)))
