"""The sandbox on a socket, by uvicorn."""

import asyncio
import socket
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from certifier_sandbox.app import SandboxApp, create_app
from certifier_sandbox.injection import DROP_CONNECTION
from certifier_sandbox.sandbox import Sandbox


class DroppableProtocol(H11Protocol):
    """HTTP/1.1 whose connections the application can drop, and that ends at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the application drop the connection, through its ASGI state."""
        super().connection_made(cast("asyncio.Transport", transport))
        self.app_state = {**self.app_state, DROP_CONNECTION: self.transport.abort}
        # uvicorn writes head and body apart: held back by Nagle, an answer takes 40 ms longer.
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def shutdown(self) -> None:
        """Close the connection, without waiting for an injected delay."""
        super().shutdown()
        if self.cycle and not self.cycle.response_complete:
            self.transport.abort()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 picks a free one; raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def url_of(listener: socket.socket) -> str:
    """Return the base URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server_of(app: SandboxApp) -> uvicorn.Server:
    """Return a server that is quiet, leaves logging as it is, and adds no headers of its own."""
    config = uvicorn.Config(
        app,
        http=DroppableProtocol,
        loop="asyncio",
        ws="none",
        log_config=None,
        log_level="warning",
        date_header=False,
        server_header=False,
    )
    return uvicorn.Server(config)


@contextmanager
def running(
    database: str = ":memory:", *, port: int = 0, rate_limit: int | None = None
) -> Generator[Sandbox]:
    """Run a sandbox in a thread until the block ends; takes what `create_app` takes, and a port."""
    with (
        closing(create_app(database, rate_limit=rate_limit)) as app,
        listen("127.0.0.1", port) as listener,
    ):
        server = server_of(app)
        thread = threading.Thread(target=server.run, args=[[listener]], name="certifier-sandbox")
        thread.start()
        try:
            # Nothing to wait for: the socket listens, and keeps connections until they are served.
            yield Sandbox(url_of(listener), app.state)
        finally:
            server.should_exit = True
            thread.join()
