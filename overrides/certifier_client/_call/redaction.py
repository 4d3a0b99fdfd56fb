"""Replace the access token with asterisks wherever a server or an exception repeats it."""

import functools
import itertools
import re

import httpx

from certifier_client._http.message import RawResponse, Request
from certifier_client.response import Response

_SHORTEST = 16  # characters; a shorter token, such as in a test, may be an ordinary word
_HIDDEN = b"*" * _SHORTEST  # not longer than a token, so that no body grows


def redacted_response(request: Request, raw: RawResponse) -> Response:
    """Return a response without the token of its request."""
    token, headers, body = request.token, raw.headers, raw.body
    received = b"".join((body, *itertools.chain(*headers)))
    if token in received or b"\\" in received:
        headers = [(_redacted(token, name), _redacted(token, value)) for name, value in headers]
        body = _redacted(token, body)
    return Response(
        request=str(request),
        status=raw.status,
        headers=httpx.Headers(headers),
        body=body,
    )


def redacted_text(request: Request, text: str) -> str:
    """Return a text without the token of a request."""
    return _redacted(request.token, text.encode(errors="backslashreplace")).decode()


def redacted_cause(request: Request, error: BaseException | None) -> BaseException | None:
    """Return an exception and its causes without tracebacks, up to one that shows the token.

    Error reporters show the local variables of each frame, which may hold received bytes.
    """
    if error is None or redacted_text(request, text := f"{error} {error.args}") != text:
        return None
    error.__traceback__ = None
    error.__cause__ = error.__context__ = redacted_cause(
        request, error.__cause__ or error.__context__
    )
    return error


def _redacted(token: bytes, data: bytes) -> bytes:
    if len(token) < _SHORTEST:
        return data
    return _pattern(token).sub(_HIDDEN, data.replace(token, _HIDDEN))


@functools.lru_cache(maxsize=1)
def _pattern(token: bytes) -> re.Pattern[bytes]:
    """Return a pattern for a token with characters that JSON has escaped."""
    return re.compile(
        b"".join(
            rb"(?:%b%b|(?i:\\u00%02x))"
            % (rb"\\?" if byte in b'"/\\' else b"", re.escape(bytes([byte])), byte)
            for byte in token
        )
    )
