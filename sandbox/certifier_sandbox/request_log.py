"""The log of requests, for tests and people to inspect; it never contains a token."""

import itertools
import re
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request

from certifier_sandbox.json_body import parse_json
from certifier_sandbox.organizations import BY_TOKEN, authenticate

MAX_ENTRIES = 1000
TOKEN = re.compile("cfp_[0-9A-Za-z]+")
CREDENTIALS = {"authorization", "proxy-authorization"}


@dataclass
class Entry:
    """A logged request.

    `status` is None until there is a response. `injected` is the injection, without its body.
    """

    number: int
    time: str
    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: str
    status: int | None = None
    injected: dict[str, Any] | None = None

    @property
    def json(self) -> Any:
        """The JSON value of the body; raises `ValueError` if it is not JSON."""
        return parse_json(self.body.encode())


class RequestLog:
    """The latest requests, oldest first; `version` grows with each change."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MAX_ENTRIES)
        self._numbers = itertools.count(1)
        self.version = 0

    def add(self, request: Request, body: bytes, time: str) -> Entry:
        """Record a request and its time of arrival; `set_status` completes it later."""
        entry = Entry(
            number=next(self._numbers),
            time=time,
            method=request.method,
            path=redacted(raw_path(request)),
            query=redacted(request.scope["query_string"].decode("latin-1")),
            headers=_headers(request),
            body=redacted(body.decode(errors="backslashreplace")),
        )
        self._entries.append(entry)
        self.version += 1
        return entry

    def set_status(self, entry: Entry, status: int) -> None:
        """Record the status of the response to a request."""
        entry.status = status
        self.version += 1

    def clear(self) -> None:
        """Remove all requests."""
        self._entries.clear()
        self.version += 1

    @property
    def entries(self) -> list[Entry]:
        """The current entries."""
        return list(self._entries)


def raw_path(request: Request) -> str:
    """Return the path with its percent-encoding, as it was sent."""
    raw: bytes | None = request.scope.get("raw_path")  # optional in ASGI
    return quote(request.scope["path"]) if raw is None else raw.decode("latin-1")


def redacted(text: str) -> str:
    """Return a text with each token replaced by the name of its organization."""
    return TOKEN.sub(lambda match: _name(match[0]), text)


def _name(token: str) -> str:
    return f"<{BY_TOKEN[token].name}>" if token in BY_TOKEN else "<unknown token>"


def _headers(request: Request) -> list[tuple[str, str]]:
    organization = authenticate(request.headers)
    # Other credentials are hidden completely, because base64 may encode a token.
    credentials = f"Bearer <{organization.name}>" if organization else "<redacted>"
    return [
        (name, credentials if name in CREDENTIALS else redacted(value))
        for name, value in request.headers.items()
    ]
