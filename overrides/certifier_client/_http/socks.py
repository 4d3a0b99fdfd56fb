"""Connect through a SOCKS 5 proxy (RFC 1928 and 1929), with socksio."""

from functools import partial
from typing import Any

import httpx

from certifier_client._http.mode import Stream

_MAX_SOCKS = 1024  # bytes; no reply of SOCKS 5 is longer


async def connect_through_socks(
    stream: Stream, proxy: httpx.Proxy, host: str, port: int, end: float
) -> None:
    """Ask a SOCKS 5 proxy to connect to a server (RFC 1928 and 1929), or raise ProxyError."""
    from socksio import SOCKSError, socks5  # noqa: PLC0415 - few need it

    ask = partial(_ask, stream, socks5.SOCKS5Connection(), end)
    method = socks5.SOCKS5AuthMethod
    wanted = method.USERNAME_PASSWORD if proxy.raw_auth else method.NO_AUTH_REQUIRED
    try:
        if (await ask(socks5.SOCKS5AuthMethodsRequest([wanted]))).method != wanted:
            raise httpx.ProxyError("the proxy requires an unsupported authentication method")
        if proxy.raw_auth:
            login = socks5.SOCKS5UsernamePasswordRequest(*proxy.raw_auth)
            if not (await ask(login)).success:
                raise httpx.ProxyError("the proxy rejected the user name or the password")
        command = socks5.SOCKS5CommandRequest.from_address(
            socks5.SOCKS5Command.CONNECT, (host, port)
        )
        reply = (await ask(command)).reply_code
    except SOCKSError as error:
        raise httpx.ProxyError(f"the proxy did not respond with SOCKS 5: {error}") from error
    if reply != socks5.SOCKS5ReplyCode.SUCCEEDED:
        raise httpx.ProxyError(f"the proxy could not connect: {reply.name}")


async def _ask(stream: Stream, socks: Any, end: float, request: Any) -> Any:
    """Send a request to the proxy, and return its reply."""
    from socksio import ProtocolError  # noqa: PLC0415 - see above

    socks.send(request)
    await stream.write(socks.data_to_send(), end)
    received = b""
    while len(received) <= _MAX_SOCKS:
        if not (data := await stream.read(end)):
            if received:
                break
            raise httpx.ConnectError("the proxy closed the connection")
        received += data
        try:
            return socks.receive_data(received)
        except ProtocolError:  # most likely incomplete
            continue
    raise httpx.ProxyError("the proxy did not respond with SOCKS 5")
