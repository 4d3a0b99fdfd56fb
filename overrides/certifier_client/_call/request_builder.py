"""Turn the generated code's keyword arguments into a request that is ready to send."""

from collections.abc import Mapping
from json import JSONEncoder
from typing import Any

import httpx

from certifier_client._http.message import Origin, Request
from certifier_client.errors import InputError
from certifier_client.options import Settings
from certifier_client.version import __version__

# The same JSON as that of httpx.
_ENCODER = JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_USER_AGENT = f"certifier-client/{__version__}"
_MAX_URL = 65_536  # characters; the longest that httpx accepts


class Builder:
    """Builds requests from one set of settings; their common parts are computed once."""

    def __init__(self, settings: Settings) -> None:
        """Take the client's settings."""
        self._settings = settings
        base = httpx.URL(settings.base_url)
        self._origin = Origin(base.scheme, base.raw_host.decode("ascii"), base.port)
        self._path = base.raw_path.decode("ascii").removesuffix("/")
        headers = httpx.Headers(
            {
                "Host": base.netloc.decode("ascii"),
                "Accept": "application/json",
                # Responses have a few hundred bytes. A peer could abuse decompression.
                "Accept-Encoding": "identity",
                "User-Agent": " ".join(filter(None, (_USER_AGENT, settings.application))),
            }
        )
        headers.update(settings.headers)
        self._headers = headers.raw

    def build(self, token: str, kwargs: Mapping[str, Any]) -> Request:
        """Return the request of an operation, with the client's settings.

        Args:
            token: the access token.
            kwargs: the result of the operation's generated ``_get_kwargs``.

        Raises:
            InputError: the arguments are too long for a URL, or the body is not JSON.

        """
        path: str = kwargs["url"]
        if params := kwargs.get("params"):
            path = f"{path}?{httpx.QueryParams(params)}"
        whole = self._settings.base_url + path
        if len(whole) > _MAX_URL:
            raise InputError(
                f"the request has a URL of {len(whole)} characters: at most {_MAX_URL} are allowed"
            )
        headers = [*self._headers, (b"Authorization", b"Bearer " + token.encode("ascii"))]
        for name, value in kwargs.get("headers", {}).items():
            headers.append((name.encode("ascii"), value.encode("ascii")))
        body = b""
        if "json" in kwargs:
            body = _encoded(kwargs["json"])
            headers.append((b"Content-Length", b"%d" % len(body)))
        return Request(
            method=kwargs["method"].upper(),
            url=whole,
            origin=self._origin,
            target=self._path + path,
            headers=headers,
            body=body,
            token=token.encode("ascii"),
            timeout=self._settings.timeout,
        )


def _encoded(json: object) -> bytes:
    try:
        return _ENCODER.encode(json).encode()
    except (TypeError, ValueError) as error:
        raise InputError(f"the body cannot be encoded as JSON: {error}") from None
