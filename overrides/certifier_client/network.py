"""Sockets that keep to the deadline of a call.

httpcore's own limits in time each hold for one read or one write, so that a server which sends a
byte now and then keeps a call for ever. These ask before each step how much time the call has left.
"""

import math
import socket
import ssl
import time
from collections.abc import Iterable
from contextlib import suppress
from contextvars import ContextVar

import httpcore

# The moment, on the monotonic clock, at which the attempt that this thread or task makes must end.
DEADLINE: ContextVar[float] = ContextVar("DEADLINE", default=math.inf)

# Bytes. One send is one step: a peer that takes its time must not stretch a step over the deadline.
PIECE = 16 * 1024


def time_left(timeout: float | None, passed: type[httpcore.TimeoutException]) -> float:
    """Return how many seconds a step may take, or raise that its time has passed."""
    remaining = DEADLINE.get() - time.monotonic()
    if remaining <= 0:
        raise passed
    return remaining if timeout is None else min(timeout, remaining)


class Backend(httpcore.SyncBackend):
    """Makes one connection for Connections."""

    def __init__(self) -> None:
        self._stream: httpcore.NetworkStream | None = None

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Try each address of the host within one limit; httpcore has a limit for each."""
        end = time.monotonic() + time_left(timeout, httpcore.ConnectTimeout)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        failure: Exception = httpcore.ConnectTimeout()
        for *_, address in found:
            left = time_left(end - time.monotonic(), httpcore.ConnectTimeout)
            if left <= 0:
                break
            try:
                self._stream = super().connect_tcp(
                    str(address[0]), port, left, local_address, socket_options
                )
                return _Stream(self._stream)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def close(self) -> None:
        """Close what was connected: httpcore forgets it when a SOCKS proxy refuses."""
        if self._stream:
            self._stream.close()


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._unsent = b""
        self.close = stream.close  # type: ignore[method-assign]
        self.get_extra_info = stream.get_extra_info  # type: ignore[method-assign]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._unsent:
            # As httpcore has it: a server that takes no more may have answered all the same.
            with suppress(httpcore.WriteError):
                self._send(timeout)
        return self._stream.read(max_bytes, time_left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # The head and the body of a request come one by one, and leave as one packet.
        self._unsent += buffer
        if len(self._unsent) > PIECE:
            self._send(timeout)

    def _send(self, timeout: float | None) -> None:
        unsent, self._unsent = self._unsent, b""
        for start in range(0, len(unsent), PIECE):
            left = time_left(timeout, httpcore.WriteTimeout)
            self._stream.write(unsent[start : start + PIECE], left)

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = time_left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))
