"""The route to a server: direct or through a proxy, and the certificates to trust.

As in httpx, HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY configure proxies, and SSL_CERT_FILE
and SSL_CERT_DIR configure certificates. No variable turns off verification.
"""

import re
import ssl
import urllib.request
from base64 import b64encode
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

import httpx

from certifier_client._http.addresses import NO_FILES, check_host, connect
from certifier_client._http.first_use import first_use, first_used
from certifier_client._http.message import Origin
from certifier_client._http.mode import Mode, Stream
from certifier_client._http.socks import connect_through_socks
from certifier_client._http.tls import TlsStream, is_tls, ssl_context
from certifier_client.errors import InputError

if TYPE_CHECKING:
    from certifier_client._http.http1 import Connection

_EXAMPLE = "'http://127.0.0.1:3128' or 'socks5://127.0.0.1:1080'"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = r"[\w.:-]+"
_PORT_NUMBERS = range(1, 65536)
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


class Routes:
    """Opens connections to any server.

    Args:
        proxy: the URL of a proxy for every server; None to use the environment's.
        trust_env: whether to read the environment at all.
        context: verifies certificates; None to use the environment's certificates.

    Raises:
        InputError: the proxy is not a valid URL, or not supported.

    """

    def __init__(
        self, proxy: str | None, *, trust_env: bool, context: ssl.SSLContext | None = None
    ) -> None:
        self._trust_env = trust_env
        self._context = context
        self._proxy = None if proxy is None else _parsed(proxy)

    @first_used
    def ssl_context(self) -> ssl.SSLContext:
        """The context that verifies certificates, which is only loaded for https."""
        return self._context or ssl_context(trust_env=self._trust_env)

    def proxy(self, origin: Origin) -> httpx.Proxy | None:
        """Return the proxy on the route to a server."""
        # To this machine the token may be sent unencrypted, but a proxy may be another machine.
        if self._proxy or not self._trust_env or origin.host in LOOPBACK:
            return self._proxy
        proxies = urllib.request.getproxies()
        url = proxies.get(origin.scheme) or proxies.get("all")
        if not url or urllib.request.proxy_bypass(origin.host):
            return None
        return _parsed(url if "://" in url else f"http://{url}")

    async def connect(self, mode: Mode, origin: Origin, end: float) -> "Connection":
        """Open a connection for requests, or raise an exception of httpx."""
        try:
            return await self._connect(mode, origin, end)
        except OSError as error:
            # Loading a module or a file of certificates can fail too.
            if error.errno in NO_FILES:
                raise httpx.PoolTimeout(str(error)) from error
            raise httpx.ConnectError(str(error)) from error

    async def _connect(self, mode: Mode, origin: Origin, end: float) -> "Connection":
        with first_use:
            # h11 takes a while to import, and a program with its own transport does not need it.
            from certifier_client._http.http1 import Connection, connect_tunnel  # noqa: PLC0415

        proxy = self.proxy(origin)
        context = self.ssl_context if origin.scheme == "https" else None
        host, port = origin.address
        check_host(host)
        if proxy is None:
            stream = await connect(mode, host, port, end)
        else:
            stream = await self._connect_to_proxy(mode, proxy, end)
        prefix, headers = "", _credentials(proxy)
        try:
            if proxy and proxy.url.scheme.startswith("socks"):
                await connect_through_socks(stream, proxy, host, port, end)
                headers = []
            elif proxy and context:
                await connect_tunnel(stream, host, port, headers, end)
                headers = []
            elif proxy:
                prefix = f"http://{origin.host}{f':{origin.port}' if origin.port else ''}"
            if context:
                stream = await _start_tls(stream, context, host, end)
        except TimeoutError as error:
            stream.close()
            raise httpx.ConnectTimeout("") from error
        except BaseException:
            stream.close()
            raise
        return Connection(stream, prefix, headers)

    async def _connect_to_proxy(self, mode: Mode, proxy: httpx.Proxy, end: float) -> Stream:
        url = proxy.url
        port = url.port or _PORTS[url.scheme]
        try:
            stream = await connect(mode, url.host, port, end)
            if url.scheme != "https":
                return stream
            try:
                return await _start_tls(stream, self.ssl_context, url.host, end)
            except TimeoutError as error:
                raise httpx.ConnectTimeout("") from error
            except OSError as error:
                raise httpx.ConnectError(str(error)) from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if is_tls(error):
                raise
            raise httpx.ProxyError(str(error) or "the proxy did not respond in time") from error


async def _start_tls(stream: Stream, context: ssl.SSLContext, host: str, end: float) -> TlsStream:
    try:
        encrypted = TlsStream(stream, context, host)
        await encrypted.handshake(end)
    except BaseException:
        stream.close()
        raise
    return encrypted


def _credentials(proxy: httpx.Proxy | None) -> list[tuple[bytes, bytes]]:
    if not (proxy and proxy.raw_auth):
        return []
    return [(b"Proxy-Authorization", b"Basic " + b64encode(b":".join(proxy.raw_auth)))]


def _parsed(url: str) -> httpx.Proxy:
    proxy = None
    with suppress(ValueError, TypeError, httpx.InvalidURL):
        found = httpx.Proxy(str.__str__(url))  # a TypeError for any other type
        is_port = found.url.port is None or found.url.port in _PORT_NUMBERS
        if is_port and re.fullmatch(_HOST, found.url.host):
            proxy = found
    if proxy is None:
        # Neither the URL nor the cause is shown: they may have a password.
        raise InputError(f"the proxy is not a valid URL such as {_EXAMPLE}")
    if proxy.url.scheme.startswith("socks"):
        try:
            import_module("socksio")
        except ImportError:
            raise InputError(
                "a SOCKS proxy needs another package: pip install 'httpx[socks]'"
            ) from None
    return proxy
