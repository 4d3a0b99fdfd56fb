"""Validation of options.

Each function returns the value to use, or raises an InputError that says what to pass instead.
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
from certifier_generated.schemas import OPERATIONS

T = TypeVar("T")

_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_PRODUCT = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+(/[!#$%&'*+.^_`|~0-9A-Za-z-]+)?")
FIELD_VALUE = re.compile(
    r"[\t\x20-\x7e]*"
)  # RFC 9110, section 5.5, without the obsolete characters
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")
_FOREVER = 1e9  # seconds; the operating system rejects more

# The client sets these itself.
_RESERVED = {
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
} | {
    parameter.removeprefix("header ").lower()
    for operation in OPERATIONS.values()
    for parameter in operation
    if parameter.startswith("header ")
}


def access_token(value: object) -> str:
    """Reject a token that is not valid in a header, after stripping white space around it.

    A secret that was read from a file ends in a newline. Error messages do not show the token.
    """
    token = (plain(value) or "").strip()
    if problem := _problem_of_token(token):
        del value, token  # a traceback may show local variables
        raise InputError(f"the access token {problem}")
    return token


def _problem_of_token(token: str) -> str | None:
    if not token:
        return "is empty or not a string: pass one, or set CERTIFIER_ACCESS_TOKEN"
    if token.lower().startswith("bearer "):
        return "begins with the word Bearer: pass only the token"
    if not _VISIBLE_ASCII.fullmatch(token):
        return (
            "contains white space, control or non-ASCII characters: copy it again from the "
            "Certifier Dashboard"
        )
    return None


def seconds(name: str, value: object, what: str = "seconds") -> float:
    """Reject anything except a number above zero, usually of seconds."""
    if not _is_seconds(value):
        raise InputError(f"{name} is {shown(value)}: pass a number of {what} above 0", name)
    return float(value)


def _is_seconds(value: object) -> TypeGuard[float]:
    return type(value) in (int, float) and 0 < cast("float", value) < _FOREVER


def count(name: str, value: object) -> int:
    """Reject anything except a whole number of at least one."""
    if type(value) is not int or value < 1:
        raise InputError(f"{name} is {shown(value)}: pass a whole number of at least 1", name)
    return value


def timeout(value: object) -> httpx.Timeout:
    """Reject a timeout that is not a number of seconds above zero."""
    limits = value if isinstance(value, httpx.Timeout) else None
    # In an httpx.Timeout, a phase may be None, for no timeout: that must be intended.
    numbers = [n for n in limits.as_dict().values() if n is not None] if limits else [value]
    if not all(map(_is_seconds, numbers)):
        raise InputError(f"timeout is {shown(value)}: pass a number of seconds above 0")
    return limits or httpx.Timeout(cast("float", value))


def base_url(value: object) -> str:
    """Reject a URL that would change the documented paths; strip trailing slashes."""
    if isinstance(value, str) and any(mark in value for mark in "@?#"):
        # The value is not shown: it may have a password before the @.
        raise InputError("base_url has a user, a query or a fragment: leave them out")
    try:
        url = formats.url(value)
    except Mismatch:
        raise InputError(
            f"base_url is {shown(value)}: pass a complete URL such as 'https://example.org', "
            "here or in CERTIFIER_BASE_URL"
        ) from None
    parts = urlsplit(url)
    try:
        httpx.URL(url).host  # noqa: B018 - fails if the host is invalid
    except (httpx.InvalidURL, UnicodeError) as error:
        raise InputError(f"base_url {shown(url)} is not a valid URL: {error}") from None
    if parts.path.rstrip("/").endswith("/v1"):
        raise InputError(
            f"base_url {shown(url)} ends in /v1, which each path begins with: leave it out"
        )
    return url.rstrip("/")


def encrypted(base_url: str) -> None:
    """Reject a URL that would send the access token unencrypted to another machine."""
    parts = urlsplit(base_url)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise InputError(
            f"base_url {shown(base_url)} would send the access token unencrypted: use https, or "
            "allow http if the network is your own",
            "base_url",
        )


def version(value: object) -> str:
    """Reject a version that is not valid in a header."""
    found = plain(value)
    if found is None or not _VISIBLE_ASCII.fullmatch(found):
        raise InputError(f"version is {shown(value)}: leave it out to send the documented version")
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
    """Reject anything except True, False and None."""
    return None if value is None else instance(name, value, bool)


def instance(name: str, value: object, kind: type[T]) -> T:
    """Reject a value of another type, such as the other client's transport."""
    if not isinstance(value, kind):
        module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
        raise InputError(f"{name} is {shown(value)}: pass a {module}{kind.__name__}", name)
    return value


def ssl_context(value: object) -> ssl.SSLContext | None:
    """Reject anything except an SSL context, such as a path or False."""
    if value is not None and not isinstance(value, ssl.SSLContext):
        raise InputError(
            f"ssl_context is {shown(value)}: pass an ssl.SSLContext, such as "
            "ssl.create_default_context(cafile=…); certificate verification cannot be turned off",
            "ssl_context",
        )
    return value


def headers(value: object) -> dict[str, str]:
    """Reject headers that would break the request, or that the client sets itself."""
    if not isinstance(value, Mapping):
        raise InputError("headers is not a mapping of names to values")
    try:
        items = list(cast("Mapping[object, object]", value).items())
    except Exception as error:
        raise InputError(f"headers cannot be read: {type(error).__name__}") from error
    return {_header_name(name): _header_value(name, text) for name, text in items}


def _header_name(name: object) -> str:
    found = plain(name)
    if found is None or not _FIELD_NAME.fullmatch(found):
        raise InputError(f"{shown(name)} is not a valid header name")
    if found.lower() in _RESERVED:
        raise InputError(f"header {found} is set by the client: see its other options")
    return found


def _header_value(name: object, value: object) -> str:
    found = plain(value)
    if found is None or not FIELD_VALUE.fullmatch(found):
        # The value is not shown: it may be secret.
        raise InputError(
            f"the value of header {name} is not a string of printable ASCII characters"
        )
    return found
