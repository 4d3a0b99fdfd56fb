"""A request that is ready to send, and a complete response."""

from typing import NamedTuple

import httpx

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110, section 9.2.1
MAX_BODY = 1024 * 1024  # bytes of a body that are read; a credential template has a few hundred


class Origin(NamedTuple):
    """A server. Scheme and host are in lower case; the port is None for the scheme's default."""

    scheme: str
    host: str
    port: int | None

    @property
    def address(self) -> tuple[str, int]:
        """The host and the port."""
        return self.host, self.port or (443 if self.scheme == "https" else 80)


class Secret(bytes):
    """Bytes that a traceback does not show."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


class Request(NamedTuple):
    """A request, which retries send unchanged.

    An httpx.Request would parse URL and headers again, which takes longer than the rest of a call.

    Attributes:
        method: in capitals.
        url: the URL for messages; it is sent as ``origin`` and ``target``.
        origin: the server.
        target: path and query.
        headers: all headers, including the one with the token.
        body: the bytes of the body.
        token: the access token.
        timeout: the timeout of each phase, in seconds.

    """

    method: str
    url: str
    origin: Origin
    target: str
    headers: list[tuple[bytes, bytes]]
    body: bytes
    token: bytes
    timeout: httpx.Timeout

    @property
    def is_safe(self) -> bool:
        """Whether the request changes nothing on the server."""
        return self.method in SAFE_METHODS

    def encode(self, prefix: str, headers: list[tuple[bytes, bytes]]) -> Secret:
        """Return the bytes to send; a proxy may need a prefix and headers."""
        head = f"{self.method} {prefix}{self.target} HTTP/1.1\r\n".encode("ascii")
        fields = b"".join([b"%b: %b\r\n" % field for field in (*self.headers, *headers)])
        return Secret(b"%b%b\r\n%b" % (head, fields, self.body))

    def __str__(self) -> str:
        """Return method and URL, without token and body."""
        return f"{self.method} {self.url}"

    def __repr__(self) -> str:
        return str(self)


class RawResponse(NamedTuple):
    """An unprocessed response; at most MAX_BODY bytes of its body were read."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
