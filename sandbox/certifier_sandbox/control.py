"""The control API under /_sandbox, which tests use to set up and inspect the sandbox."""

from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from certifier_sandbox import control_actions as actions
from certifier_sandbox import control_schemas as schemas
from certifier_sandbox.api_error import unexpected
from certifier_sandbox.json_body import first_error, parse_json, read_body
from certifier_sandbox.state import State


class Route(NamedTuple):
    """An action, and the schema of its options."""

    action: actions.Action
    schema: dict[str, Any] = schemas.NO_OPTIONS

    def respond(self, state: State, body: bytes) -> Response:
        """Run the action; a 400 says what is wrong and what was expected."""
        try:
            result = self.run(state, body)
        except ValueError as error:
            return _error(400, "bad_request", str(error))
        return Response(status_code=204) if result is None else JSONResponse(result)

    def run(self, state: State, body: bytes, *, bounded: bool = True) -> actions.Json | None:
        """Run the action; a `ValueError` says what is wrong and what was expected."""
        try:
            options: Any = parse_json(body or b"{}", bounded=bounded)
            problem = first_error(schemas.validator(self.schema), options)
            if problem is None:
                return self.action(state, options)
        except (ValueError, OverflowError) as error:
            problem = str(error)
        raise ValueError(f"{problem}. Expected: {self.schema['description']}.")


ROUTES = {
    "/reset": {"POST": Route(actions.reset)},
    "/state": {"GET": Route(actions.dump_state)},
    "/templates": {"POST": Route(actions.seed, schemas.TEMPLATE)},
    "/requests": {"GET": Route(actions.requests), "DELETE": Route(actions.clear_requests)},
    "/injections": {
        "POST": Route(actions.inject, schemas.INJECTION),
        "DELETE": Route(actions.clear_injections),
    },
    "/rate-limit": {
        "PUT": Route(actions.set_rate_limit, schemas.RATE_LIMIT),
        "DELETE": Route(actions.remove_rate_limit),
    },
    "/clock": {
        "PUT": Route(actions.set_clock, schemas.CLOCK),
        "DELETE": Route(actions.reset_clock),
    },
    "/clock/advance": {"POST": Route(actions.advance_clock, schemas.ADVANCE)},
}


class Control:
    """The control API as an ASGI application."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a control request."""
        request = Request(scope, receive)
        body = await read_body(request)
        try:
            response = self._respond(request, body)
        except Exception as error:  # noqa: BLE001 as in the API
            response = unexpected(error)
        await response(scope, receive, send)

    def _respond(self, request: Request, body: bytes) -> Response:
        methods = ROUTES.get(request.url.path.removeprefix("/_sandbox"))
        if methods is None:
            known = ", ".join(f"/_sandbox{path}" for path in ROUTES)
            return _error(404, "not_found", f"No such control path. Expected: {known}.")
        if request.method not in methods:
            allowed = ", ".join(methods)
            message = f"{request.method} is not allowed here. Expected: {allowed}."
            return _error(405, "method_not_allowed", message, {"Allow": allowed})
        return methods[request.method].respond(self._state, body)


def _error(
    status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)
