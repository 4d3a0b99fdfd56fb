"""The settings of a run against another server, from the environment."""

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import httpx

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Stopped(Exception):  # noqa: N818 - not always an error
    """The run cannot start or continue; the message says why."""


@dataclass(frozen=True)
class Settings:
    """What to check, and how.

    Attributes:
        other_template_id: another template of the same organization, which is only read.
        second_token: of another organization; may be missing, as may its template.
        second_template_id: of that organization.
        limit: whether to exceed the rate limit.
        only: a regular expression; only rows whose names match are sent.
        premium: whether the plans of both organizations allow designs; None if unknown.

    """

    base_url: str
    token: str = field(repr=False)
    template_id: str
    rate: float
    confirmed: bool
    other_template_id: str = ""
    second_token: str = field(default="", repr=False)
    second_template_id: str = ""
    limit: bool = False
    only: str = ""
    premium: tuple[bool | None, bool | None] = (None, None)

    @property
    def url(self) -> str:
        """The URL of the template."""
        return f"{self.base_url}/v1/groups/{self.template_id}"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings; raises Stopped if a variable is missing or invalid."""
        names = ("BASE_URL", "ACCESS_TOKEN", "TEMPLATE_ID")
        if missing := [name for name in names if not environment.get(name)]:
            raise Stopped(f"{', '.join(missing)} missing: make contract {'=… '.join(names)}=…")
        return cls(
            _base_url(environment["BASE_URL"]),
            _token(environment, "ACCESS_TOKEN"),
            _id(environment, "TEMPLATE_ID"),
            _rate(environment.get("RATE") or "2"),
            environment.get("CONFIRM") == "yes",
            _id(environment, "OTHER_TEMPLATE_ID"),
            _token(environment, "SECOND_ACCESS_TOKEN"),
            _id(environment, "SECOND_TEMPLATE_ID"),
            environment.get("RATE_LIMIT") == "yes",
            _pattern(environment.get("ONLY", "")),
            (_yes_or_no(environment, "PREMIUM"), _yes_or_no(environment, "SECOND_PREMIUM")),
        )


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise Stopped(f"ONLY is not a regular expression: {error}") from None
    return text


def _yes_or_no(environment: Mapping[str, str], name: str) -> bool | None:
    text = environment.get(name) or "unknown"
    if text not in {"yes", "no", "unknown"}:
        raise Stopped(f"{name} {text!r} is not valid: write yes, no or unknown")
    return None if text == "unknown" else text == "yes"


def _token(environment: Mapping[str, str], name: str) -> str:
    token = environment.get(name, "")
    if not re.fullmatch(r"([\w.~+/-]+=*)?", token, re.ASCII):  # RFC 6750, section 2.1
        raise Stopped(f"{name} contains a character that a bearer token cannot have")
    return token


def _id(environment: Mapping[str, str], name: str) -> str:
    template_id = environment.get(name, "")
    if not re.fullmatch(r"[\w-]*", template_id, re.ASCII):
        raise Stopped(f"{name} {template_id!r} is not a valid id")
    return template_id


def _base_url(text: str) -> str:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise Stopped(f"BASE_URL is not a valid URL: {error}") from None
    if not url.host or set("@?#") & set(text):
        raise Stopped("BASE_URL must consist of a scheme, a host and an optional path")
    if url.scheme != "https" and not (url.scheme == "http" and url.host in LOOPBACK):
        raise Stopped(
            "BASE_URL would send the token unencrypted: use https, or http to this machine"
        )
    return text.rstrip("/")


def _rate(text: str) -> float:
    with suppress(ValueError):
        rate = float(text)
        if 0 < rate < math.inf:
            return rate
    raise Stopped(f"RATE {text!r} is not a valid number of requests a second: it must be above 0")
