"""From the generated code's keyword arguments to a request that is ready to send."""

from json import JSONEncoder
from typing import Any, NamedTuple

import httpx

from certifier_client.errors import InputError
from certifier_client.settings import Settings
from certifier_client.version import __version__

# As httpx encodes JSON.
_ENCODER = JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_MAX_URL = 65_536  # characters; httpx takes no longer one


class Origin(NamedTuple):
    """A server; scheme and host are in lower case, the port is None for the scheme's own."""

    scheme: str
    host: str
    port: int | None


class Request(NamedTuple):
    """A request as it goes out, as often as it takes.

    An httpx.Request parses its URL and headers anew, which takes longer than all else of a call.

    Attributes:
        method: in capitals.
        url: for people; ``origin`` and ``target`` are what is sent.
        origin: the server.
        target: path and query.
        headers: all of them, the token's among them.
        body: the bytes of the body.
        token: the access token.
        extensions: as httpx has them; under ``timeout`` are the limits in seconds.

    """

    method: str
    url: str
    origin: Origin
    target: str
    headers: list[tuple[bytes, bytes]]
    body: bytes
    token: bytes
    extensions: dict[str, Any]

    def __str__(self) -> str:
        """Return method and URL, and neither token nor body."""
        return f"{self.method} {self.url}"

    def __repr__(self) -> str:
        return str(self)


class Builder:
    """Makes the requests of one set of settings; what is the same in each is made once."""

    def __init__(self, settings: Settings) -> None:
        """Take the client's settings."""
        self._settings = settings
        base = httpx.URL(settings.base_url)
        self._origin = Origin(base.scheme, base.raw_host.decode("ascii"), base.port)
        self._path = base.raw_path.decode("ascii").rstrip("/")
        self._limits = settings.timeout.as_dict()
        headers = httpx.Headers(
            {
                "Host": base.netloc.decode("ascii"),
                "Accept": "application/json",
                # An answer is a few hundred bytes: no decompression that a peer could abuse.
                "Accept-Encoding": "identity",
                "User-Agent": f"certifier-client/{__version__}",
            }
        )
        headers.update(settings.headers)
        self._headers = headers.raw

    def build(self, *, method: str, url: str, headers: dict[str, str], json: object) -> Request:
        """Return the request of a generated operation: its own parts, and what the settings add.

        Args:
            method: this and the others are what the operation's generated ``…_kwargs`` returned.
            url: the path.
            headers: the operation's own.
            json: what the body holds.

        Raises:
            InputError: the token is certainly a mistake, or the id is too long for a URL.

        """
        token = self._settings.current_token().encode("ascii")
        body = _ENCODER.encode(json).encode()
        whole = self._settings.base_url + url
        if len(whole) > _MAX_URL:
            raise InputError("the request makes no URL: URL too long; check the id")
        return Request(
            method=method.upper(),
            url=whole,
            origin=self._origin,
            target=self._path + url,
            headers=[
                *self._headers,
                (b"Authorization", b"Bearer " + token),
                *((name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()),
                (b"Content-Length", b"%d" % len(body)),
            ],
            body=body,
            token=token,
            extensions={"timeout": self._limits},
        )
