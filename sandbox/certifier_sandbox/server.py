"""The sandbox on a socket, served by uvicorn."""

import asyncio
import ipaddress
import logging
import socket
import sys
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from certifier_sandbox.injection import DROP_CONNECTION
from certifier_sandbox.sandbox import Sandbox
from certifier_sandbox.sandbox_app import SandboxApp, create_app

_THREAD = "certifier-sandbox"


class _Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock keeps running when a test freezes time."""

    def time(self) -> float:
        """Return the monotonic time in seconds."""
        if sys.platform == "win32":
            return super().time()
        # Libraries that freeze time replace `time.monotonic`.
        return time.clock_gettime(time.CLOCK_MONOTONIC)


class DroppableProtocol(H11Protocol):
    """HTTP/1.1 connections that the application can drop, and that shut down at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Put the function that drops the connection into the ASGI state."""
        super().connection_made(cast("asyncio.Transport", transport))
        self.app_state = {**self.app_state, DROP_CONNECTION: self.transport.abort}
        self.access_log = False  # tests would find it among their own records
        # uvicorn writes head and body separately: Nagle's algorithm would delay each body by 40 ms.
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def shutdown(self) -> None:
        """Close the connection without waiting for an injected delay or a slow client."""
        super().shutdown()
        unfinished = self.cycle and not self.cycle.response_complete
        if unfinished or self.transport.get_write_buffer_size():
            self.transport.abort()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 picks a free one; raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def url_of(listener: socket.socket) -> str:
    """Return the base URL of a listening socket."""
    host: str
    host, port = listener.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:  # which clients take for another machine
        host = "::1" if ":" in host else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server_of(app: SandboxApp) -> uvicorn.Server:
    """Return a server that logs nothing, leaves logging unchanged, and adds no headers."""
    config = uvicorn.Config(
        app,
        http=DroppableProtocol,
        ws="none",
        log_config=None,
        lifespan="off",
        date_header=False,
        server_header=False,
    )
    return uvicorn.Server(config)


@contextmanager
def running(
    database: str = ":memory:", *, port: int = 0, rate_limit: int | None = None
) -> Generator[Sandbox]:
    """Run a sandbox in a thread until the block ends; see `create_app` for further arguments."""
    with (
        closing(create_app(database, rate_limit=rate_limit)) as app,
        listen("127.0.0.1", port) as listener,
    ):
        server = server_of(app)
        log = logging.getLogger("uvicorn.error")

        def is_wanted(record: logging.LogRecord) -> bool:
            # Tests would find its log records among their own.
            return record.threadName != _THREAD or record.levelno >= logging.WARNING

        log.addFilter(is_wanted)

        def serve() -> None:
            with asyncio.Runner(loop_factory=_Loop) as runner:
                runner.run(server.serve([listener]))

        thread = threading.Thread(target=serve, name=_THREAD)
        thread.start()
        try:
            # No need to wait: the socket already queues connections.
            yield Sandbox(url_of(listener), app.state)
        finally:
            server.should_exit = True
            thread.join()
            log.removeFilter(is_wanted)
