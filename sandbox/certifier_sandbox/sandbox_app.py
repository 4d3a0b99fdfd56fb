"""The ASGI application: the API with its log and injections, the control API, and the page."""

import re
from collections.abc import Mapping
from contextlib import suppress
from email.utils import format_datetime
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Router
from starlette.types import Receive, Scope, Send

from certifier_sandbox import web_page
from certifier_sandbox.api_error import ApiError, unexpected
from certifier_sandbox.clock import timestamp
from certifier_sandbox.control import Control
from certifier_sandbox.injection import drop_connection
from certifier_sandbox.json_body import read_body
from certifier_sandbox.operation import update
from certifier_sandbox.rate_limit import RateLimit
from certifier_sandbox.request_log import Entry, raw_path
from certifier_sandbox.state import State
from certifier_sandbox.store import Store

# Matched against the raw path, in which an id with an encoded slash is a single segment.
TEMPLATE_PATH = re.compile("/v1/groups/([^/]+)")


class SandboxApp(Router):
    """The sandbox as an ASGI application, which needs no lifespan events."""

    def __init__(self, state: State) -> None:
        control = Mount("/_sandbox", app=Control(state))
        super().__init__([*web_page.ROUTES, control], default=Api(state))
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request; ignore one that ends before it is complete."""
        with suppress(ClientDisconnect):
            await super().__call__(scope, receive, send)

    def close(self) -> None:
        """Close the database; it is also closed when the application is garbage-collected."""
        self.state.store.close()


def create_app(database: str = ":memory:", *, rate_limit: int | None = None) -> SandboxApp:
    """Return a sandbox on a database file, or on its own database in memory.

    `rate_limit` is in requests per second and token. Raises `sqlite3.Error` if the file cannot be
    written or is not a database, and `ValueError` for an invalid limit.
    """
    limit = RateLimit(rate_limit)
    return SandboxApp(State(Store(database), limit))


class Api:
    """The API as an ASGI application: logs requests, and injects or computes responses."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request, or drop it."""
        request = Request(scope, receive)
        body = await read_body(request)
        entry = self._state.log.add(request, body, timestamp(self._state.clock.now()))
        response = await self._respond(request, body, entry)
        if response is None:
            await drop_connection(scope, receive)
            return
        # The sandbox's time instead of the server's, unless an injection sets the header.
        date = format_datetime(self._state.clock.now(), usegmt=True)
        response.headers.setdefault("Date", date)
        self._state.log.set_status(entry, response.status_code)
        await response(scope, receive, send)

    async def _respond(self, request: Request, body: bytes, entry: Entry) -> Response | None:
        injection = self._state.injections.next() if _in_api(request) else None
        if injection is not None:
            entry.injected = injection.summary
            await injection.wait(request.receive)
            if not injection.only_delay:
                return injection.response and injection.response()
        try:
            return JSONResponse(self._operation(request, body))
        except ApiError as error:
            return error.response()
        except Exception as error:  # noqa: BLE001 the response to a bug is the documented one
            return unexpected(error)

    def _operation(self, request: Request, body: bytes) -> Mapping[str, object]:
        path = TEMPLATE_PATH.fullmatch(raw_path(request))
        if path is None:
            raise ApiError("not_found")
        if request.method != "PATCH":
            raise ApiError("method_not_allowed", headers={"Allow": "PATCH"})
        return update(self._state, request.headers, unquote(path[1]), body)


def _in_api(request: Request) -> bool:
    return f"{raw_path(request)}/".startswith("/v1/")
