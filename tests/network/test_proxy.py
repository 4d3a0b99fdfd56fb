"""Which proxy a request takes, as the options and the environment say."""

import errno
import os
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import pytest

from certifier_client import InputError
from certifier_client._http import proxy as proxy_module
from certifier_client._http.message import Origin, Request
from certifier_client._http.mode import clock
from certifier_client._http.proxy import Routes
from certifier_client._http.sockets import Blocking
from certifier_client.blocking import run
from faults.fault import CA, certificate
from support import PATIENCE

FAR = Origin("https", "far.example", None)
PLAIN = Origin("http", "far.example", None)
TRUSTING = ssl.create_default_context()
CA.configure_trust(TRUSTING)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Remove this machine's proxies."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    return monkeypatch


def proxy_of(origin: Origin, url: str | None = None, *, trust_env: bool = True) -> str | None:
    """Return the URL of the proxy on the route to a server."""
    found = Routes(url, trust_env=trust_env).proxy(origin)
    return str(found.url) if found else None


@pytest.mark.parametrize(
    ("variables", "origin", "proxy"),
    [
        ({}, FAR, None),
        ({"HTTPS_PROXY": "http://a:1"}, FAR, "http://a:1"),
        ({"HTTPS_PROXY": "a:1"}, FAR, "http://a:1"),
        ({"HTTPS_PROXY": "http://a:1"}, PLAIN, None),
        ({"HTTP_PROXY": "http://a:1"}, PLAIN, "http://a:1"),
        ({"ALL_PROXY": "socks5://a:1"}, PLAIN, "socks5://a:1"),
        ({"ALL_PROXY": "http://b:1", "HTTPS_PROXY": "http://a:1"}, FAR, "http://a:1"),
        ({"ALL_PROXY": "http://a:1", "NO_PROXY": "example"}, FAR, None),
        ({"ALL_PROXY": "http://a:1", "NO_PROXY": "other"}, FAR, "http://a:1"),
        ({"ALL_PROXY": "http://a:1"}, Origin("http", "localhost", 80), None),
        ({"ALL_PROXY": "http://a:1"}, Origin("https", "127.0.0.1", 80), None),
        ({"ALL_PROXY": "http://a:1"}, Origin("http", "::1", 80), None),
    ],
)
def test_the_environment_names_a_proxy(
    environment: pytest.MonkeyPatch, variables: dict[str, str], origin: Origin, proxy: str | None
) -> None:
    """For other machines only, and if it is trusted."""
    for name, value in variables.items():
        environment.setenv(name, value)
    assert proxy_of(origin) == proxy
    assert proxy_of(origin, trust_env=False) is None
    assert proxy_of(origin, "http://c:1") == proxy_of(origin, "http://c:1", trust_env=False)
    assert proxy_of(origin, "http://c:1") == "http://c:1"


@pytest.mark.parametrize(
    "url",
    ["", "a", "ftp://a", "http://", "http://a b", "http://a:0", "http://a:65536", "http://a:x", 5],
)
def test_an_invalid_proxy_is_rejected_and_not_shown(url: Any) -> None:
    """It may have a password."""
    said = (
        "the proxy is not a valid URL such as 'http://127.0.0.1:3128' or 'socks5://127.0.0.1:1080'"
    )
    with pytest.raises(InputError) as raised:
        Routes(url, trust_env=True)
    assert str(raised.value) == said


@pytest.mark.parametrize("url", ["http://a:1", "https://a:65535", "socks5h://a", "http://[::1]:1"])
def test_a_proxy_may_have_any_of_four_schemes(url: str) -> None:
    """And a port, but no other than 1 to 65535."""
    assert proxy_of(FAR, url) == url


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_needs_a_package(scheme: str, environment: pytest.MonkeyPatch) -> None:
    """The message says which."""
    environment.setitem(sys.modules, "socksio", None)
    said = r"^a SOCKS proxy needs another package: pip install 'httpx\[socks\]'$"
    with pytest.raises(InputError, match=said):
        proxy_of(FAR, f"{scheme}://a")
    assert proxy_of(FAR, "http://a:1") == "http://a:1"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(errno.EMFILE, "Too many open files"), httpx.PoolTimeout),
        (OSError(errno.ENFILE, "Too many open files"), httpx.PoolTimeout),
        (OSError(errno.EACCES, "Permission denied"), httpx.ConnectError),
    ],
)
def test_what_the_system_cannot_open_is_an_error_of_the_connection(
    error: OSError, kind: type[Exception], environment: pytest.MonkeyPatch
) -> None:
    """The certificates, for example."""

    def fail(*, trust_env: bool) -> ssl.SSLContext:
        assert trust_env
        raise error

    environment.setattr(proxy_module, "ssl_context", fail)
    routes = Routes(None, trust_env=True)
    with pytest.raises(kind) as raised:
        run(routes.connect(Blocking(), FAR, clock() + PATIENCE))
    assert str(raised.value) == str(error)
    assert raised.value.__cause__ is error


def test_the_clients_own_context_is_used() -> None:
    """The environment's certificates are loaded once, and only without one."""
    own = ssl.create_default_context()
    assert Routes(None, trust_env=True, context=own).ssl_context is own
    routes = Routes(None, trust_env=True)
    assert routes.ssl_context is routes.ssl_context is not own


@pytest.mark.parametrize(
    ("port", "user", "url", "header"),
    [
        (None, "", "http://far.example/", ""),
        (81, "", "http://far.example:81/", ""),
        (80, "us:p%40ss@", "http://far.example:80/", "Proxy-Authorization: Basic dXM6cEBzcw==\r\n"),
    ],
)
def test_a_proxy_gets_the_whole_url(port: int | None, user: str, url: str, header: str) -> None:
    """And its user and password."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        routes = Routes(f"http://{user}127.0.0.1:{server.getsockname()[1]}", trust_env=False)
        origin = PLAIN._replace(port=port)
        end = clock() + PATIENCE
        connection = run(routes.connect(Blocking(), origin, end))
        theirs, _ = server.accept()
        theirs.settimeout(PATIENCE)
        theirs.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        headers = [(b"Host", b"a")]
        request = Request("GET", "", origin, "/", headers, b"", b"", httpx.Timeout(None))
        assert run(connection.send(request, end)).status == 204
        sent = theirs.recv(1024).decode()
        assert sent == f"GET {url} HTTP/1.1\r\nHost: a\r\n{header}\r\n"
        connection.close()
        theirs.close()


@contextmanager
def https_proxy(serve: Callable[[socket.socket], object]) -> Iterator[str]:
    """Run a proxy that does something with its only connection, and return its URL."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                serve(connection)

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"https://localhost:{server.getsockname()[1]}"
        thread.join()


def handshake(context: ssl.SSLContext) -> Callable[[socket.socket], object]:
    """Return what a proxy does that has a certificate."""

    def serve(plain: socket.socket) -> None:
        with context.wrap_socket(plain, server_side=True) as encrypted:
            encrypted.recv(1)

    return serve


def opened(url: str, seconds: float = PATIENCE) -> None:
    """Connect through a proxy, and close the connection."""
    routes = Routes(url, trust_env=False, context=TRUSTING)
    run(routes.connect(Blocking(), PLAIN, clock() + seconds)).close()


def test_the_certificate_of_a_proxy_is_verified() -> None:
    """It must be for the name of the proxy."""
    for name, is_right in (("localhost", True), ("other.example", False)):
        with https_proxy(handshake(certificate(CA, name))) as url:
            if is_right:
                opened(url)
            else:
                with pytest.raises(httpx.ConnectError, match="certificate is not valid for"):
                    opened(url)


def test_a_proxy_that_does_not_speak_tls_says_what_it_said() -> None:
    """The text is that of the TLS library."""
    with (
        https_proxy(lambda plain: plain.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as url,
        pytest.raises(httpx.ConnectError, match="SSL: ") as raised,
    ):
        opened(url)
    assert isinstance(raised.value.__cause__, ssl.SSLError)


def test_a_proxy_that_says_nothing_is_an_error_of_the_proxy() -> None:
    """The message says which phase it was."""
    with (
        https_proxy(lambda plain: plain.recv(1024) and plain.recv(1024)) as url,
        pytest.raises(httpx.ProxyError, match=r"^the proxy did not respond in time$"),
    ):
        opened(url, 0.1)


def test_a_connection_to_an_invalid_host_is_not_opened_even_through_a_proxy() -> None:
    """The proxy would look it up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        origin = Origin("http", "a..b", None)
        with pytest.raises(InputError, match="is not a valid host name"):
            run(Routes(url, trust_env=False).connect(Blocking(), origin, clock() + PATIENCE))
        with pytest.raises(BlockingIOError):
            server.accept()
