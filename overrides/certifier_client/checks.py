"""Input that is certainly a mistake, refused before anything is sent.

Each check returns what it was given, or raises InputError with what to do instead. What the
documentation leaves open (lengths, duplicates, unknown ids) is left to the service.
"""

import math
import re
from typing import cast
from urllib.parse import unquote, urlsplit

import httpx

from certifier_client.errors import InputError

_CONTROL_OR_SPACE = re.compile(r"[\s\x00-\x1f\x7f]")
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e]*")  # RFC 9110, section 5.5, less its obsolete part
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# Written by the client itself, from its other options or from the request.
_RESERVED = frozenset(
    {
        "authorization",
        "certifier-version",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
    }
)


def template_id(value: object) -> str:
    """Refuse an id that is empty or would change the path of the request."""
    identifier = text("id", value)
    plain = unquote(identifier)
    if plain in {"", ".", ".."} or "/" in plain or _CONTROL_OR_SPACE.search(plain):
        raise InputError(f"id {value!r} is no id: pass one like '01g90279gp5sbmfek7wymcsvec'")
    return identifier


def text(name: str, value: object) -> str:
    """Refuse what is no string or what UTF-8 cannot carry."""
    if not isinstance(value, str):
        raise InputError(f"{name} is {value!r}: pass a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InputError(f"{name} has a lone surrogate, which UTF-8 cannot carry") from None
    return value


def ids(name: str, value: object) -> list[str]:
    """Refuse what is no list of at least one string."""
    if not isinstance(value, list | tuple) or not value:
        raise InputError(f"{name} is {value!r}: pass a list of one id or more, all of them strings")
    items = cast("list[object] | tuple[object, ...]", value)
    return [text(f"{name}[{position}]", item) for position, item in enumerate(items)]


def web_address(name: str, value: object) -> str:
    """Refuse what is no absolute http or https URL."""
    url = text(name, value)
    try:
        parts = urlsplit(url)
        absolute = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        absolute = None
    if not absolute or _CONTROL_OR_SPACE.search(url):
        raise InputError(f"{name} is {value!r}: pass a whole URL such as 'https://example.org/a'")
    return url


def access_token(value: object) -> str:
    """Refuse a token that cannot stand in a header; strip white space around it.

    A secret that was read from a file ends in a newline. The token is in no message.
    """
    token = value.strip() if isinstance(value, str) else ""
    if not _VISIBLE_ASCII.fullmatch(token):
        raise InputError(
            "the access token is empty, no string, or has white space, control or non-ASCII "
            "characters inside: copy it again from the Certifier Dashboard"
        )
    return token


def seconds(name: str, value: object) -> float:
    """Refuse a limit in time that is no number of seconds above zero."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise InputError(f"{name} is {value!r}: pass a number of seconds above 0")
    return value


def base_url(value: str, *, allow_http: bool) -> str:
    """Refuse an address that would send the token in the clear or to an unclear place."""
    parts = urlsplit(web_address("base_url", value))
    try:
        httpx.URL(value).host  # noqa: B018 - read for its check alone
    except (httpx.InvalidURL, UnicodeError) as error:
        raise InputError(f"base_url {value!r} is no URL: {error}") from None
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise InputError("base_url has a user, a query or a fragment: leave them out")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not allow_http:
        raise InputError(
            f"base_url {value!r} would send the access token unencrypted: use https, or pass "
            "allow_http=True if the network is your own"
        )
    return value.rstrip("/")


def version(value: object) -> str:
    """Refuse a version that cannot stand in a header."""
    if not isinstance(value, str) or not _VISIBLE_ASCII.fullmatch(value):
        raise InputError(f"version is {value!r}: leave it out to send the documented one")
    return value


def header(name: str, value: object) -> str:
    """Refuse a header that would break the request or that the client writes itself."""
    if not _FIELD_NAME.fullmatch(name):
        raise InputError(f"{name!r} is no header name")
    if name.lower() in _RESERVED:
        raise InputError(f"header {name} is written by the client: see its other options")
    if not isinstance(value, str) or not _FIELD_VALUE.fullmatch(value):
        # The value is not shown: it may be secret.
        raise InputError(f"the value of header {name} is no string of printable ASCII characters")
    return value
