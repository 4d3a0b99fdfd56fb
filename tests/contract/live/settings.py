"""What the run against another server does, by the environment."""

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import httpx

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Stopped(Exception):  # noqa: N818 - an end, not always a mistake
    """The run cannot begin or go on; the text says why."""


@dataclass(frozen=True)
class Settings:
    """What to check, and how.

    Attributes:
        other_template_id: another template of the same organization, which is only read.
        second: token and template of another organization, each of which may be missing.
        limit: whether to exceed the rate limit.
        only: a regular expression that is found in the names of the rows that are asked.
        premium: whether the plans of both organizations allow designs; None if it is not known.

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
        """Where the template is."""
        return f"{self.base_url}/v1/groups/{self.template_id}"

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Return what the environment says; raises Stopped if it cannot be meant."""
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
            (_answer(environment, "PREMIUM"), _answer(environment, "SECOND_PREMIUM")),
        )


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise Stopped(f"ONLY is not a regular expression: {error}") from None
    return text


def _answer(environment: Mapping[str, str], name: str) -> bool | None:
    text = environment.get(name) or "unknown"
    if text not in {"yes", "no", "unknown"}:
        raise Stopped(f"{name} {text!r} is neither yes nor no")
    return None if text == "unknown" else text == "yes"


def _token(environment: Mapping[str, str], name: str) -> str:
    token = environment.get(name, "")
    if not re.fullmatch(r"([\w.~+/-]+=*)?", token, re.ASCII):  # RFC 6750, section 2.1
        raise Stopped(f"{name} has a character that no bearer token has")
    return token


def _id(environment: Mapping[str, str], name: str) -> str:
    template_id = environment.get(name, "")
    if not re.fullmatch(r"[\w-]*", template_id, re.ASCII):
        raise Stopped(f"{name} {template_id!r} is not an id")
    return template_id


def _base_url(text: str) -> str:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise Stopped(f"BASE_URL is no URL: {error}") from None
    if not url.host or set("@?#") & set(text):
        raise Stopped("BASE_URL must be a scheme and a host, and a path if need be")
    if url.scheme != "https" and not (url.scheme == "http" and url.host in LOOPBACK):
        raise Stopped("BASE_URL would send the token in the clear: https, or http to this machine")
    return text.rstrip("/")


def _rate(text: str) -> float:
    with suppress(ValueError):
        rate = float(text)
        if 0 < rate < math.inf:
            return rate
    raise Stopped(f"RATE {text!r} is no number of requests a second above 0")
