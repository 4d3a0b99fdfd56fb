"""Mistakes with the name and the URL."""

import html
import re
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from contract.independent.named_fault import Fault, fault
from contract.independent.service import Service


def name(called: str, sentence: str, change: Callable[[str], Any]) -> Fault:
    """Name a mistake in how a name is stored."""
    return fault(called, sentence, new_name=lambda self, value: change(value))


def url(called: str, sentence: str, change: Callable[[str], Any]) -> Fault:
    """Name a mistake in how a URL is stored."""
    return fault(called, sentence, new_url=lambda self, value: change(value))


def lower_host(value: str) -> str:
    """Write the host in lower case."""
    parts = urlsplit(value)
    return urlunsplit(parts._replace(netloc=parts.netloc.lower()))


def sorted_query(value: str) -> str:
    """Sort the parameters of the query."""
    parts = urlsplit(value)
    return urlunsplit(parts._replace(query="&".join(sorted(parts.query.split("&")))))


FAULTS = [
    name("name-ignored", "The name stays as it was.", lambda value: "Financial Markets"),
    name("name-trimmed", "White space around a name is removed.", lambda value: value.strip()),
    name(
        "name-spaces-joined",
        "Several spaces within a name become one.",
        lambda value: re.sub(" {2,}", " ", value),
    ),
    name(
        "name-composed",
        "A name is normalized: letters and accents are composed.",
        lambda value: unicodedata.normalize("NFC", value),
    ),
    name(
        "name-simplified",
        "A name is normalized: characters are replaced by compatible ones.",
        lambda value: unicodedata.normalize("NFKC", value),
    ),
    name("name-escaped", "Markup in a name is escaped.", html.escape),
    name("name-unescaped", "Entities in a name are resolved.", html.unescape),
    name(
        "name-without-markup",
        "Markup in a name is removed.",
        lambda value: re.sub("<[^>]*>", "", value),
    ),
    name("name-in-lower-case", "A name is stored in lower case.", lambda value: value.lower()),
    name("name-cut", "A name is cut at 50 characters.", lambda value: value[:50]),
    name(
        "name-without-emoji",
        "Characters of four bytes are question marks.",
        lambda value: re.sub("[\U00010000-\U0010ffff]", "?", value),
    ),
    name(
        "name-without-backslashes",
        "Backslashes in a name are removed.",
        lambda value: value.replace("\\", ""),
    ),
    name(
        "name-quotes-doubled",
        "A quote in a name is doubled, as for a database.",
        lambda value: value.replace("'", "''"),
    ),
    name("name-percent-decoded", "A name is percent-decoded.", unquote),
    name(
        "name-of-digits-is-a-number",
        "A name of digits becomes a number.",
        lambda value: int(value) if re.fullmatch("[0-9]+", value) else value,
    ),
    fault(
        "name-of-any-type",
        "A name of any type is stored.",
        checks=lambda self: Service.checks(self) | {"name": lambda value: True},
    ),
    fault(
        "name-made-a-string",
        "A number as a name is stored as a string.",
        checks=lambda self: Service.checks(self) | {"name": lambda value: value is not None},
        new_name=lambda self, value: str(value),
    ),
    fault(
        "null-name-stored",
        "A name may be null, and is so in the response.",
        checks=lambda self: (
            Service.checks(self) | {"name": lambda value: value is None or isinstance(value, str)}
        ),
    ),
    fault(
        "long-name-is-500",
        "A name of more than 100 characters is a crash.",
        new_name=lambda self, value: value if len(value) <= 100 else self.memory[value],
    ),
    fault(
        "markup-in-name-rejected",
        "A name with markup is rejected, as an attack.",
        is_name=lambda self, value: isinstance(value, str) and "<" not in value,
    ),
    url(
        "url-ignored",
        "The URL stays as it was.",
        lambda value: "https://www.coursera.org/learn/financial-markets-global",
    ),
    url("url-in-lower-case", "A URL is stored in lower case.", lambda value: value.lower()),
    url("url-host-in-lower-case", "The host of a URL is stored in lower case.", lower_host),
    url(
        "url-without-fragment",
        "The fragment of a URL is removed.",
        lambda value: value.partition("#")[0],
    ),
    url(
        "url-without-query",
        "The query of a URL is removed.",
        lambda value: re.sub(r"\?[^#]*", "", value),
    ),
    url("url-query-sorted", "The parameters of a URL are sorted.", sorted_query),
    url(
        "url-with-slash-at-its-end",
        "A URL gets a slash at the end of its path.",
        lambda value: re.sub(r"([^/?#])(?=$|[?#])", r"\1/", value, count=1),
    ),
    url("url-decoded", "A URL is percent-decoded.", unquote),
    url(
        "url-encoded-twice",
        "The percent signs of a URL are encoded again.",
        lambda value: value.replace("%", "%25"),
    ),
    url("url-escaped", "A URL is escaped, as for a page.", html.escape),
    url(
        "url-made-https",
        "A URL of http becomes one of https.",
        lambda value: re.sub("^http:", "https:", value),
    ),
    url(
        "url-without-port",
        "The port of a URL is removed.",
        lambda value: re.sub(r":\d+", "", value),
    ),
    fault(
        "any-text-is-a-url",
        "The format of a URL is not checked.",
        is_url=lambda self, value: isinstance(value, str),
    ),
    fault(
        "relative-url-accepted",
        "A URL may be relative.",
        is_url=lambda self, value: isinstance(value, str) and Service.is_url(self, "x:" + value),
    ),
    fault(
        "url-of-any-type",
        "A URL of any type is stored.",
        is_url=lambda self, value: not isinstance(value, str) or Service.is_url(self, value),
    ),
    fault(
        "url-of-http-rejected",
        "Only URLs of https are accepted.",
        is_url=lambda self, value: (
            Service.is_url(self, value) and value.lower().startswith("https:")
        ),
    ),
]
