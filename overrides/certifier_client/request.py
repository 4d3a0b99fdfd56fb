"""A request as it would be sent."""

import attrs
import httpx


@attrs.frozen
class Request:
    """What a call would send.

    Attributes:
        method: the HTTP method.
        url: the whole URL.
        headers: all header fields; the access token is not in them.
        body: the bytes of the body.

    """

    method: str
    url: str
    headers: httpx.Headers
    body: bytes
