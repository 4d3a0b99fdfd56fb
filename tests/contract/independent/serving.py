"""The service on a port of this machine."""

import socket
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import uvicorn

from contract.independent.service import Request, Service


class Server(uvicorn.Server):
    """A service that can be replaced by another one. Requests wait until it runs."""

    def __init__(self, service: Service, port: int = 0) -> None:
        """Take the service, and the port unless any is good."""
        super().__init__(
            uvicorn.Config(
                self._call, interface="asgi3", http="h11", lifespan="off", log_level="error"
            )
        )
        self.service = service
        self._socket = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def serve_until_stopped(self) -> None:
        """Respond to requests."""
        self.run(sockets=[self._socket])

    async def _call(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        response = self.service.respond(Request(scope["method"], path, query, headers, body))
        pairs = [(name.encode(), value.encode()) for name, value in response.headers.items()]
        if response.status != 204:
            pairs.append((b"content-length", str(len(response.body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": pairs})
        await send({"type": "http.response.body", "body": response.body})


@contextmanager
def serving(service: Service) -> Iterator[Server]:
    """Run a service in a thread."""
    server = Server(service)
    thread = threading.Thread(target=server.serve_until_stopped)
    thread.start()
    yield server
    server.should_exit = True
    thread.join()
