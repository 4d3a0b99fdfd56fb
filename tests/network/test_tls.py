"""TLS over a socket whose other end is in the test."""

import errno
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import trustme

from certifier_client import InputError
from certifier_client._http.mode import CHUNK_SIZE, clock
from certifier_client._http.sockets import BlockingStream
from certifier_client._http.tls import TlsStream, is_tls, ssl_context
from certifier_client.blocking import run
from support import PATIENCE, fill

CA = trustme.CA()
LARGE = bytes(range(256)) * 65536  # more than the buffers of two sockets hold


class Pair:
    """A stream of the client, and the server's socket, which a thread uses."""

    def __init__(self) -> None:
        """Connect them."""
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        theirs.settimeout(PATIENCE)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        CA.issue_cert("server.example").configure_cert(context)
        self.server = context.wrap_socket(theirs, server_side=True, do_handshake_on_connect=False)
        trusting = ssl.create_default_context()
        CA.configure_trust(trusting)
        self._trusting = trusting
        self._plain = BlockingStream(ours)
        self.threads: list[threading.Thread] = []
        self.failed: list[Exception] = []

    def serve(self, *steps: Callable[[ssl.SSLSocket], object]) -> None:
        """Have the server do something, in a thread."""

        def steps_in_turn() -> None:
            try:
                for step in steps:
                    step(self.server)
            except OSError as error:
                self.failed.append(error)

        thread = threading.Thread(target=steps_in_turn)
        self.threads.append(thread)
        thread.start()

    def connect(self, host: str = "server.example") -> TlsStream:
        """Return the client's stream, after its handshake."""
        stream = TlsStream(self._plain, self._trusting, host)
        run(stream.handshake(clock() + PATIENCE))
        return stream

    def close(self) -> None:
        """Close both ends."""
        self._plain.close()
        for thread in self.threads:
            thread.join()
        self.server.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Give each test both ends."""
    made = Pair()
    yield made
    made.close()


def handshake(server: ssl.SSLSocket) -> None:
    """Perform the server's handshake."""
    server.do_handshake()


def cut(server: ssl.SSLSocket) -> None:
    """End the connection, and not what TLS transmits on it."""
    socket.socket.shutdown(server, socket.SHUT_WR)


def sends(data: bytes) -> Callable[[ssl.SSLSocket], object]:
    """Return a step that sends something."""
    return lambda server: server.sendall(data)


def read(stream: TlsStream) -> bytes:
    """Return what the client reads next."""
    return run(stream.read(clock() + PATIENCE))


def write(stream: TlsStream, data: bytes, seconds: float = PATIENCE) -> bytes | None:
    """Write something as the client."""
    return run(stream.write(data, clock() + seconds))


def test_what_is_written_is_read_at_the_other_end(pair: Pair) -> None:
    """In both directions, and whatever its length."""
    received = bytearray()

    def receive(server: ssl.SSLSocket) -> None:
        while len(received) < len(LARGE):
            received.extend(server.recv(CHUNK_SIZE))

    pair.serve(handshake, receive, sends(LARGE))
    stream = pair.connect()
    assert write(stream, b"") is None
    assert write(stream, LARGE) is None
    found = b""
    while len(found) < len(LARGE):
        part = read(stream)
        assert 0 < len(part) <= CHUNK_SIZE
        found += part
    assert (found, bytes(received)) == (LARGE, LARGE)


def test_a_certificate_for_another_host_is_rejected(pair: Pair) -> None:
    """An alert says why."""
    pair.serve(handshake)
    with pytest.raises(ssl.SSLCertVerificationError) as raised:
        pair.connect("other.example")
    assert is_tls(raised.value)
    pair.close()
    assert any("alert" in str(error).lower() for error in pair.failed), pair.failed


def test_an_end_that_was_announced_is_one(pair: Pair) -> None:
    """It comes after what was sent before it."""

    def unwrap(server: ssl.SSLSocket) -> None:
        server.unwrap()

    pair.serve(handshake, sends(b"a"), unwrap)
    stream = pair.connect()
    assert read(stream) == b"a"
    assert read(stream) == b""


def test_an_end_that_was_not_announced_is_an_error(pair: Pair) -> None:
    """An attacker may have cut off the rest; nothing that was sent before is lost."""
    pair.serve(handshake, sends(b"a"), cut)
    stream = pair.connect()
    assert read(stream) == b"a"
    with pytest.raises(ssl.SSLEOFError):
        read(stream)


def test_what_has_arrived_is_there_at_once(pair: Pair) -> None:
    """TLS's own messages, such as tickets, do not count; the end does."""
    released = threading.Event()
    sent = threading.Event()

    def end(server: ssl.SSLSocket) -> None:
        released.wait(PATIENCE)
        server.sendall(b"a")
        cut(server)
        sent.set()

    pair.serve(handshake, end)
    stream = pair.connect()
    assert stream.arrived() is None
    assert stream.is_quiet()
    released.set()
    sent.wait(PATIENCE)
    assert not stream.is_quiet()
    assert stream.arrived() == b"a"
    assert stream.arrived() == b""


def test_a_write_stops_when_something_arrives(pair: Pair) -> None:
    """The next one begins with what it left unsent."""
    received = bytearray()

    def receive(server: ssl.SSLSocket) -> None:
        while len(received) < len(LARGE) + 3:
            received.extend(server.recv(CHUNK_SIZE))

    pair.serve(handshake, sends(b"early"))
    stream = pair.connect()
    pair.threads[0].join()
    assert write(stream, LARGE) == b"early"
    with pytest.raises(TimeoutError):
        write(stream, b"", 0.05)
    pair.serve(receive)
    assert write(stream, b"end") is None
    pair.threads[1].join()
    assert received == LARGE + b"end"


def test_a_write_stops_at_the_end_of_the_connection(pair: Pair) -> None:
    """Whoever writes then finds out what came before."""
    pair.serve(handshake, cut)
    stream = pair.connect()
    pair.threads[0].join()
    assert write(stream, LARGE) == b""


def test_a_handshake_has_a_deadline(pair: Pair) -> None:
    """A server may say nothing."""
    stream = TlsStream(pair._plain, pair._trusting, "server.example")
    with pytest.raises(TimeoutError):
        run(stream.handshake(clock() + 0.05))


def test_what_tls_itself_sends_has_a_deadline(pair: Pair) -> None:
    """Such as an alert, or the response to a new key; a server may read nothing."""
    fill(pair._plain._socket)
    for received, error in ((b"", TimeoutError), (b"this is not TLS", ssl.SSLError)):
        stream = TlsStream(pair._plain, pair._trusting, "server.example")
        stream._incoming.write(received)
        with pytest.raises(error):
            run(stream.handshake(clock() + 0.02))
    stream = TlsStream(pair._plain, pair._trusting, "server.example")
    stream._outgoing.write(b"a new key")
    with pytest.raises(TimeoutError):
        run(stream.read(clock() + 0.02))


def test_a_connection_that_is_lost_during_the_handshake_is_no_error_of_tls(pair: Pair) -> None:
    """It may work the next time."""

    def close(server: ssl.SSLSocket) -> None:
        socket.socket.recv(server, 1, socket.MSG_PEEK)
        server.close()

    pair.serve(close)
    with pytest.raises(ConnectionResetError) as raised:
        pair.connect()
    assert not is_tls(raised.value)


def chained(error: BaseException, *, by: str) -> BaseException:
    """Return an exception with another behind it."""
    outer = httpx.ConnectError("a")
    setattr(outer, by, error)
    return outer


@pytest.mark.parametrize("by", ["__cause__", "__context__"])
def test_only_what_tls_rejects_is_an_error_of_tls(by: str) -> None:
    """A connection that ends during the handshake may work the next time."""
    for error, expected in (
        (ssl.SSLError("a"), True),
        (ssl.SSLCertVerificationError("a"), True),
        (ssl.SSLEOFError("a"), False),
        (ssl.SSLZeroReturnError("a"), False),
        (OSError("a"), False),
    ):
        assert is_tls(error) is is_tls(chained(error, by=by)) is expected
        assert is_tls(chained(chained(error, by=by), by=by)) is expected
    assert is_tls(None) is False


def test_a_file_of_certificates_that_cannot_be_used_is_named(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the environment is trusted."""
    path = tmp_path / "certificates.pem"
    path.write_text("none")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(InputError) as raised:
        ssl_context(trust_env=True)
    said = str(raised.value)
    assert said.startswith(f"SSL_CERT_FILE names '{path}', which cannot be used (")
    assert said.endswith("): name a file of certificates in PEM format, or unset it")
    assert ssl_context(trust_env=False).verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize("trust_env", [True, False])
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOENT, "gone"), ValueError("gone"), ssl.SSLError("gone")]
)
def test_certificates_that_cannot_be_used_are_reported(
    error: Exception, trust_env: bool, monkeypatch: pytest.MonkeyPatch  # noqa: FBT001 - pytest
) -> None:  # fmt: skip
    """Without SSL_CERT_FILE, or without trust in it, they are those of certifi."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if not trust_env:
        monkeypatch.setenv("SSL_CERT_FILE", "nowhere")

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(httpx, "create_ssl_context", fail)
    with pytest.raises(InputError, match=r"^the certificates of certifi cannot be used \(.*gone"):
        ssl_context(trust_env=trust_env)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_without_file_descriptors_no_file_is_to_blame(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error stays what it is."""
    monkeypatch.setenv("SSL_CERT_FILE", "certificates.pem")

    def fail(**_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(httpx, "create_ssl_context", fail)
    with pytest.raises(OSError, match=os.strerror(number)):
        ssl_context(trust_env=True)
