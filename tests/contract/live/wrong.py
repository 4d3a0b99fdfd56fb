"""A server that is wrong on purpose: the sandbox, with a fault between it and the wire."""

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
    """A request on its way to the sandbox and, once there is one, the response on its way back.

    What is sent and answered is JSON as data, or text if it is not JSON.

    Attributes:
        before: the template as the sandbox holds it.
        status: of the response; set it before there is one, and the sandbox is not asked.

    """

    store: Store
    before: dict[str, Any]
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    sent: Any
    status: int = 0
    answer: Any = field(default_factory=dict)
    kind: str = "application/json"
    whole: bool = True

    def put(self, **members: Any) -> None:
        """Change the template behind the sandbox's back."""
        template = self.store.get(TEMPLATE_ID)
        assert template
        self.store.put(replace(template, **members))


Fault = Callable[[Exchange], None]


def no_fault(exchange: Exchange) -> None:
    """Leave an exchange as it is."""


class Wrong:
    """An ASGI application: the sandbox, control API included, and one fault.

    Attributes:
        asked: changes an exchange before the sandbox gets the request.
        answered: changes it before the answer is sent.

    """

    def __init__(self) -> None:
        self.sandbox = create_app()
        self.asked: Fault = no_fault
        self.answered: Fault = no_fault
        self._transport = httpx.ASGITransport(cast("Any", self.sandbox))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond; wrongly if it is a request to the API and there is a fault."""
        request = Request(scope, receive)
        path = request.url.path
        if path.startswith("/_sandbox") or self.asked is self.answered is no_fault:
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
        self.asked(exchange)
        if not exchange.status:
            headers = {k: v for k, v in exchange.headers.items() if k != "content-length"}
            answer = await self._ask(exchange.method, exchange.path, headers, exchange.sent)
            exchange.status, exchange.answer = answer.status_code, _data(answer.content)
        self.answered(exchange)
        headers = {"Content-Type": exchange.kind}
        if not exchange.whole:
            headers["Content-Length"] = "100000"
        response = Response(_bytes(exchange.answer), exchange.status, headers)
        await response(scope, receive, send)

    async def _ask(
        self, method: str, path: str, headers: dict[str, str], sent: Any
    ) -> httpx.Response:
        request = httpx.Request(
            method, f"http://sandbox{quote(path)}", headers=headers, content=_bytes(sent)
        )
        answer = await self._transport.handle_async_request(request)
        await answer.aread()
        return answer


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
def wrong_server() -> Iterator[tuple[Wrong, str]]:
    """Run it on a socket; give it, to set its fault, and its URL."""
    app = Wrong()
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
