"""A server that is wrong on purpose: the sandbox, with a fault between it and the wire."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from certifier_sandbox import TEMPLATE_ID, create_app
from certifier_sandbox.server import listen, server_of, url_of


@dataclass
class Exchange:
    """A request on its way to the sandbox and, once there is one, the answer on its way back.

    What is sent and answered is JSON as data, or text if it is no JSON.
    """

    before: dict[str, Any]
    path: str
    headers: dict[str, str]
    sent: Any
    status: int = 0
    answer: Any = field(default_factory=dict)
    kind: str = "application/json"
    whole: bool = True


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
        """Answer; wrongly if it is an update and there is a fault."""
        request = Request(scope, receive)
        if request.method != "PATCH" or self.asked is self.answered is no_fault:
            await self.sandbox(scope, receive, send)
            return
        state = await self._ask("GET", "/_sandbox/state", {}, "")
        exchange = Exchange(
            next(item for item in state.json()["templates"] if item["id"] == TEMPLATE_ID),
            request.url.path,
            dict(request.headers),
            _data(await request.body()),
        )
        self.asked(exchange)
        headers = {k: v for k, v in exchange.headers.items() if k != "content-length"}
        answer = await self._ask("PATCH", exchange.path, headers, _text(exchange.sent))
        exchange.status, exchange.answer = answer.status_code, answer.json()
        self.answered(exchange)
        headers = {"Content-Type": exchange.kind}
        if not exchange.whole:
            headers["Content-Length"] = "100000"
        response = Response(_text(exchange.answer), exchange.status, headers)
        await response(scope, receive, send)

    async def _ask(
        self, method: str, path: str, headers: dict[str, str], body: str
    ) -> httpx.Response:
        request = httpx.Request(method, f"http://sandbox{path}", headers=headers, content=body)
        answer = await self._transport.handle_async_request(request)
        await answer.aread()
        return answer


def _data(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()


def _text(data: Any) -> str:
    return data if isinstance(data, str) else json.dumps(data)


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
