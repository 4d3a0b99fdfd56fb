"""A faulty server: the sandbox, with a fault between it and the client."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import quote

import httpx
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from certifier_sandbox import TEMPLATE_ID, create_app
from certifier_sandbox.server import listen, server_of, url_of
from certifier_sandbox.store import Store


@dataclass
class Exchange:
    """A request to the sandbox and, once there is one, its response.

    A body is the value of its JSON, or the text if it is not JSON.

    Attributes:
        before: the template as the sandbox stores it.
        sent: the body of the request.
        status: of the response; if a fault sets it first, the sandbox does not get the request.
        content_type: of the response.
        complete: whether the response has all of its Content-Length.

    """

    store: Store
    before: dict[str, Any]
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    sent: Any
    status: int = 0
    response_body: Any = field(default_factory=dict)
    content_type: str = "application/json"
    complete: bool = True

    def put(self, **members: Any) -> None:
        """Change the template in the store directly."""
        template = self.store.get(TEMPLATE_ID)
        assert template
        self.store.put(replace(template, **members))


Fault = Callable[[Exchange], None]


def no_fault(exchange: Exchange) -> None:
    """Leave an exchange unchanged."""


class FaultyApp:
    """An ASGI application: the sandbox, control API included, and one fault.

    Attributes:
        on_request: changes an exchange before the sandbox gets the request.
        on_response: changes it before the response is sent.

    """

    def __init__(self) -> None:
        self.sandbox = create_app()
        self.on_request: Fault = no_fault
        self.on_response: Fault = no_fault
        self._transport = httpx.ASGITransport(cast("Any", self.sandbox))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond; with the fault, if one is set and the request is to the API."""
        request = Request(scope, receive)
        path = request.url.path
        if path.startswith("/_sandbox") or self.on_request is self.on_response is no_fault:
            await self.sandbox(scope, receive, send)
            return
        store = self.sandbox.state.store
        template = store.get(TEMPLATE_ID)
        assert template
        exchange = Exchange(
            store,
            json.loads(json.dumps(template.to_json(legacy=True))),
            request.method,
            path,
            dict(request.query_params),
            dict(request.headers),
            _data(await request.body()),
        )
        self.on_request(exchange)
        if not exchange.status:
            headers = {k: v for k, v in exchange.headers.items() if k != "content-length"}
            actual = await self._forward(exchange.method, exchange.path, headers, exchange.sent)
            exchange.status, exchange.response_body = actual.status_code, _data(actual.content)
        self.on_response(exchange)
        headers = {"Content-Type": exchange.content_type}
        if not exchange.complete:
            headers["Content-Length"] = "100000"
        response = Response(_bytes(exchange.response_body), exchange.status, headers)
        await response(scope, receive, send)

    async def _forward(
        self, method: str, path: str, headers: dict[str, str], sent: Any
    ) -> httpx.Response:
        request = httpx.Request(
            method, f"http://sandbox{quote(path)}", headers=headers, content=_bytes(sent)
        )
        response = await self._transport.handle_async_request(request)
        await response.aread()
        return response


def _data(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        return body


def _bytes(data: Any) -> bytes:
    if isinstance(data, str | bytes):
        return data.encode() if isinstance(data, str) else data
    return json.dumps(data).encode()


@contextmanager
def faulty_server() -> Iterator[tuple[FaultyApp, str]]:
    """Run the application on a socket, and yield it, to set faults, and its URL."""
    app = FaultyApp()
    with listen("127.0.0.1", 0) as listener:
        server = server_of(cast("Any", app))
        thread = threading.Thread(target=server.run, args=[[listener]])
        thread.start()
        try:
            yield app, url_of(listener)
        finally:
            server.should_exit = True
            thread.join()
            app.sandbox.close()
