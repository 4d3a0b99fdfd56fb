"""A sandbox, in process or over a socket, paired with the model."""

import asyncio
import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from certifier_sandbox import (
    FREE_TOKEN,
    PREMIUM_TOKEN,
    SECOND_TOKEN,
    SandboxApp,
    create_app,
    running,
)
from contract.model import Model, Request, Response, Tenant
from contract.request_table import Row, update
from support import load_document

Reply = tuple[int, dict[str, str], bytes]


class Service(Protocol):
    """Something that responds to requests, sent byte for byte."""

    def send(self, request: Request) -> Reply:
        """Return status, headers in lower case, and body."""
        ...

    def renew(self) -> None:
        """Reconnect before the next request: the server closes idle connections."""


def control(service: Service, method: str, path: str, value: Any = None) -> Any:
    """Send a request to the sandbox's control API, and return the JSON of the response."""
    body = b"" if value is None else json.dumps(value).encode()
    status, _, response = service.send(Request(method, f"/_sandbox{path}", (), body))
    assert status in {200, 204}, response
    return json.loads(response) if response else None


class InProcess:
    """The ASGI application, called without a socket."""

    def __init__(self, app: SandboxApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()

    def send(self, request: Request) -> Reply:
        """Call the application."""
        return self._loop.run_until_complete(self._call(request))

    async def _call(self, request: Request) -> Reply:
        path, _, query = request.target.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode("ascii"),
            "query_string": query.encode("ascii"),
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in request.headers],
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 1),
        }
        received = [{"type": "http.request", "body": request.body}]
        sent: list[Any] = []

        async def receive() -> Any:
            return received.pop() if received else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        headers = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:])

    def renew(self) -> None:
        """Do nothing: there is no connection."""

    def close(self) -> None:
        """Close the loop and the application's database."""
        self._loop.close()
        self._app.close()


class OverSocket:
    """A server at a URL."""

    def __init__(self, url: str, timeout: float = 10) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)

    def send(self, request: Request) -> Reply:
        """Send a request unchanged, and read the response."""
        connection = self._connection
        connection.putrequest(request.method, request.target, skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value.encode("latin-1"))
        connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body)
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return response.status, headers, response.read()

    def renew(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()

    close = renew


@contextmanager
def in_process() -> Iterator[Service]:
    """Run a sandbox without a socket."""
    service = InProcess(create_app())
    yield service
    service.close()


@contextmanager
def over_socket() -> Iterator[Service]:
    """Run a sandbox on a socket."""
    with running() as sandbox:
        service = OverSocket(sandbox.url)
        yield service
        service.close()


TENANTS = {
    PREMIUM_TOKEN: Tenant("premium", premium=True),
    FREE_TOKEN: Tenant("free", premium=False),
    SECOND_TOKEN: Tenant("second", premium=True),
}


class Pair:
    """A sandbox and its model, in the same state."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.model = Model(load_document(), TENANTS, "")

    def reset(self, now: str) -> None:
        """Reset the sandbox, stop its clock, and copy its templates into the model."""
        self.service.renew()
        control(self.service, "POST", "/reset")
        self.set_clock(now)
        self.model.templates = self.templates()
        self.model.limited.clear()

    def use_up(self, organization: str, request: Request) -> None:
        """Limit the sandbox to a request a second, which an organization has already made."""
        control(self.service, "PUT", "/rate-limit", {"requests": 1})
        status, _, body = self.service.send(request)
        assert status == 200, body
        self.model.limited = {organization}

    def set_clock(self, now: str) -> None:
        """Set both clocks, and stop them."""
        control(self.service, "PUT", "/clock", {"now": now})
        self.model.now = now

    def templates(self) -> dict[str, Any]:
        """Return the sandbox's templates, by id."""
        return {
            template["id"]: template
            for template in control(self.service, "GET", "/state")["templates"]
        }

    def ask_row(self, row: Row, now: str) -> Response:
        """Send a row of the table to a new sandbox, or to one whose rate limit is reached."""
        name, request = row
        self.reset(now)
        if name.startswith("limits:"):
            self.use_up("premium", update({}))
        return self.ask(request)

    def ask(self, request: Request) -> Response:
        """Send a request to both, and fail unless response and state agree."""
        status, headers, body = self.service.send(request)
        expected = self.model.response(request)
        assert status == expected.status, body
        assert headers["content-type"] == "application/json"
        for name, value in expected.headers.items():
            assert headers[name.lower()] == value
        if request.method != "HEAD":
            assert int(headers["content-length"]) == len(body)
            assert _without_free_text(json.loads(body), expected.body) == expected.body
        assert self.templates() == self.model.templates
        return expected


def _without_free_text(body: Any, expected: Mapping[str, Any]) -> Any:
    """Return a body without the error's message, unless the message is documented."""
    if expected.get("error", {"message": ""})["message"] is None:
        assert body["error"]["message"]
        body["error"]["message"] = None
    return body
