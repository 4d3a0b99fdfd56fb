"""A request that was not sent."""

from dataclasses import dataclass
from json import loads
from typing import Any, Self

import httpx

from certifier_client._http import message


@dataclass(frozen=True)
class Request:
    """A request that was not sent, such as the one that ``update_request`` returns.

    Attributes:
        method: the HTTP method.
        url: the URL, including the query.
        headers: the headers; the value of ``Authorization`` is hidden.
        body: the bytes of the body, empty if there is none.

    """

    method: str
    url: str
    headers: httpx.Headers
    body: bytes

    @classmethod
    def of(cls, request: message.Request) -> Self:
        """Return a request without its access token."""
        headers = httpx.Headers(request.headers)
        headers["Authorization"] = "Bearer [hidden]"
        return cls(request.method, request.url, headers, request.body)

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The JSON value of the body; None if there is no body."""
        return loads(self.body) if self.body else None
