"""Input that is certainly a mistake, refused before anything is sent.

Each check returns what is sent, or raises InputError with what to do instead. What the
documentation leaves open (lengths, duplicates, unknown ids) is left to the service.
"""

import re
import ssl
from collections.abc import Mapping
from typing import TypeGuard, TypeVar, cast
from urllib.parse import urlsplit

import httpx

from certifier_client._call import formats
from certifier_client._call.mismatch import Mismatch, plain, shown
from certifier_client._http.proxy import LOOPBACK
from certifier_client.errors import InputError

T = TypeVar("T")

_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_PRODUCT = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+(/[!#$%&'*+.^_`|~0-9A-Za-z-]+)?")
FIELD_VALUE = re.compile(r"[\t\x20-\x7e]*")  # RFC 9110, section 5.5, less its obsolete part
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")
_FOREVER = 1e9  # seconds; more than that the operating system refuses

# Written by the client itself, from its other options or from the request.
_RESERVED = frozenset(
    {
        "accept-encoding",
        "authorization",
        "certifier-version",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
    }
)


def access_token(value: object) -> str:
    """Refuse a token that cannot stand in a header; strip white space around it.

    A secret that was read from a file ends in a newline. The token is in no message.
    """
    token = (plain(value) or "").strip()
    if problem := _problem_of_token(token):
        del value, token  # a traceback may show what stands here
        raise InputError(f"the access token {problem}")
    return token


def _problem_of_token(token: str) -> str | None:
    if not token:
        return "is empty or no string: pass one as access_token or in CERTIFIER_ACCESS_TOKEN"
    if token.lower().startswith("bearer "):
        return "has the word Bearer: pass the token alone"
    if not _VISIBLE_ASCII.fullmatch(token):
        return (
            "has white space, control or non-ASCII characters inside: copy it again from the "
            "Certifier Dashboard"
        )
    return None


def seconds(name: str, value: object, what: str = "seconds") -> float:
    """Refuse what is no number of seconds, or of what else is counted, above zero."""
    if not _is_seconds(value):
        raise InputError(f"{name} is {shown(value)}: pass a number of {what} above 0")
    return float(value)


def _is_seconds(value: object) -> TypeGuard[float]:
    return type(value) in (int, float) and 0 < cast("float", value) < _FOREVER


def count(name: str, value: object) -> int:
    """Refuse what is no whole number of at least one."""
    if type(value) is not int or value < 1:
        raise InputError(f"{name} is {shown(value)}: pass a whole number of at least 1")
    return value


def timeout(value: object) -> httpx.Timeout:
    """Refuse a limit in time that is no number of seconds above zero."""
    limits = value if isinstance(value, httpx.Timeout) else None
    # An httpx.Timeout may have None for a phase: no limit, which has to be asked for so plainly.
    numbers = [n for n in limits.as_dict().values() if n is not None] if limits else [value]
    if not all(map(_is_seconds, numbers)):
        raise InputError(f"timeout is {shown(value)}: pass a number of seconds above 0")
    return limits or httpx.Timeout(cast("float", value))


def base_url(value: object) -> str:
    """Refuse an address whose paths would not be the documented ones; strip a slash at its end."""
    if isinstance(value, str) and any(mark in value for mark in "@?#"):
        # Not shown: what stands before an @ may be a password.
        raise InputError("base_url has a user, a query or a fragment: leave them out")
    try:
        url = formats.url(value)
    except Mismatch:
        raise InputError(
            f"base_url is {shown(value)}: pass a whole URL such as 'https://example.org', "
            "as base_url or in CERTIFIER_BASE_URL"
        ) from None
    parts = urlsplit(url)
    try:
        httpx.URL(url).host  # noqa: B018 - read for its check alone
    except (httpx.InvalidURL, UnicodeError) as error:
        raise InputError(f"base_url {shown(url)} is no URL: {error}") from None
    if parts.path.rstrip("/").endswith("/v1"):
        raise InputError(f"base_url {shown(url)} ends in /v1, as each path begins: leave it out")
    return url.rstrip("/")


def encrypted(base_url: str) -> None:
    """Refuse an address that would send the access token in the clear, but for this machine's."""
    parts = urlsplit(base_url)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise InputError(
            f"base_url {shown(base_url)} would send the access token unencrypted: use https; "
            "in Python, allow_http=True allows it for a network of your own"
        )


def version(value: object) -> str:
    """Refuse a version that cannot stand in a header."""
    found = plain(value)
    if found is None or not _VISIBLE_ASCII.fullmatch(found):
        raise InputError(f"version is {shown(value)}: leave it out to send the documented one")
    return found


def application(value: object) -> str:
    """Reject a name that is not a valid product of a ``User-Agent`` (RFC 9110, section 10.1.5)."""
    found = plain(value)
    if found is None or not _PRODUCT.fullmatch(found):
        raise InputError(
            f"application is {shown(value)}: pass a name such as 'course-sync/1.4', without spaces"
        )
    return found


def switch(name: str, value: object) -> bool | None:
    """Reject what is not True, False or None."""
    return None if value is None else instance(name, value, bool)


def instance(name: str, value: object, kind: type[T]) -> T:
    """Refuse what is of another kind, such as the other client's transport."""
    if not isinstance(value, kind):
        module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
        raise InputError(f"{name} is {shown(value)}: pass a {module}{kind.__name__}")
    return value


def ssl_context(value: object) -> ssl.SSLContext | None:
    """Reject what does not decide on certificates, such as a path or False."""
    if value is not None and not isinstance(value, ssl.SSLContext):
        raise InputError(
            f"ssl_context is {shown(value)}: pass an ssl.SSLContext, such as "
            "ssl.create_default_context(cafile=…); the check of certificates cannot be switched off"
        )
    return value


def headers(value: object) -> dict[str, str]:
    """Refuse headers that would break the request or that the client writes itself."""
    if not isinstance(value, Mapping):
        raise InputError("headers is no mapping of names to values")
    try:
        items = list(cast("Mapping[object, object]", value).items())
    except Exception as error:
        raise InputError(f"headers cannot be read: {type(error).__name__}") from error
    return {_header_name(name): _header_value(name, text) for name, text in items}


def _header_name(name: object) -> str:
    found = plain(name)
    if found is None or not _FIELD_NAME.fullmatch(found):
        raise InputError(f"{shown(name)} is no header name")
    if found.lower() in _RESERVED:
        raise InputError(f"header {found} is written by the client: see its other options")
    return found


def _header_value(name: object, value: object) -> str:
    found = plain(value)
    if found is None or not FIELD_VALUE.fullmatch(found):
        # The value is not shown: it may be secret.
        raise InputError(f"the value of header {name} is no string of printable ASCII characters")
    return found
