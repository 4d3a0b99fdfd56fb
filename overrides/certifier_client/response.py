"""An answer as it came, read to its end."""

import attrs
import httpx


@attrs.frozen
class Response:
    """What the service answered.

    Of the request it holds the first line alone: no token, which a log or a pickle could show.

    Attributes:
        request: method and URL of the request.
        status: the HTTP status code.
        headers: the header fields; their names are compared without regard to case.
        body: the bytes of the body, decompressed if it came compressed.

    """

    request: str
    status: int
    headers: httpx.Headers
    body: bytes
