"""What the run against another server is told, by the environment."""

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
    """What to check, and how."""

    base_url: str
    token: str = field(repr=False)
    template_id: str
    rate: float
    confirmed: bool

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
        base_url, token, template_id = (environment[name] for name in names)
        if not re.fullmatch(r"[\w.~+/-]+=*", token, re.ASCII):  # RFC 6750, section 2.1
            raise Stopped("ACCESS_TOKEN has a character that no bearer token has")
        if not re.fullmatch(r"[\w-]+", template_id, re.ASCII):
            raise Stopped(f"TEMPLATE_ID {template_id!r} is no id")
        rate, confirmed = _rate(environment.get("RATE") or "2"), environment.get("CONFIRM") == "yes"
        return cls(_base_url(base_url), token, template_id, rate, confirmed)


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
