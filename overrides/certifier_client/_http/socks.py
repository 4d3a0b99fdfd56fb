"""Connect through a SOCKS 5 proxy (RFC 1928 and 1929), with socksio."""

from contextlib import suppress
from typing import Any

import httpx

from certifier_client._http.mode import Stream

_MAX_SOCKS = 1024  # bytes; no reply of SOCKS 5 is longer


async def connect_through_socks(
    stream: Stream, proxy: httpx.Proxy, host: str, port: int, end: float
) -> None:
    """Ask a SOCKS 5 proxy to connect to a server (RFC 1928 and 1929), or raise ProxyError."""
    from socksio import ProtocolError, socks5  # noqa: PLC0415 - few need it

    socks: Any = socks5.SOCKS5Connection()

    async def ask(request: Any) -> Any:
        socks.send(request)
        await stream.write(socks.data_to_send(), end)
        received = b""
        while len(received) <= _MAX_SOCKS and (data := await stream.read(end)):
            received += data
            with suppress(ProtocolError):  # most likely incomplete
                return socks.receive_data(received)
        if not received:
            raise httpx.ConnectError("the proxy closed the connection")
        raise httpx.ProxyError("the proxy did not respond with SOCKS 5")

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
    except OverflowError:  # in RFC 1929, one byte has the length of each
        raise httpx.ProxyError("the user name or the password is longer than 255 bytes") from None
    if reply != socks5.SOCKS5ReplyCode.SUCCEEDED:
        raise httpx.ProxyError(f"the proxy could not connect: {reply.name}")
