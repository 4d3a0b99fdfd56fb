"""A call raises only a CertifierError, for any response and any input."""

import asyncio
import enum
import random
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import httpx
import pytest

from certifier_client import AsyncCertifier, Certifier
from certifier_sandbox import TEMPLATE_ID
from documented import TEMPLATE
from faults.fault import ONCE, SEED
from faults.random_responses import JOBS, OPTIONS, VALUES, finish, note
from figures import faults as measured

INPUTS = 20_000


@pytest.mark.parametrize(("way", "kind", "number"), JOBS)
def test_no_response_lets_another_exception_escape(
    way: Any, kind: Any, number: int, request: pytest.FixtureRequest
) -> None:
    """100,000 responses are tried, through transports and as bytes; SEED selects others."""
    rng = random.Random(f"{SEED} {request.node.name}")
    with asyncio.Runner() as runner:
        escaped: list[str] = way(kind, rng, number, runner)
    measured.add("responses", number)
    measured.add("escaped", len(escaped))
    assert escaped == []


class Hostile:
    """An object whose every method fails."""

    def __getattr__(self, name: str) -> Any:
        """Fail."""
        raise RuntimeError(name)

    def __repr__(self) -> str:
        """Fail."""
        raise RuntimeError

    __str__ = __repr__

    def __hash__(self) -> int:
        """Fail."""
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        """Fail."""
        raise RuntimeError

    __bool__ = __len__ = __iter__ = __repr__


class HostileText(str):
    """A string whose methods fail."""

    __slots__ = ()

    def __str__(self, *_: Any, **__: Any) -> Any:
        """Fail."""
        raise RuntimeError

    __repr__ = __str__


for method in ("strip", "lower", "encode", "startswith"):
    setattr(HostileText, method, HostileText.__str__)


class HostileMapping(dict[str, str]):
    """A mapping that cannot be read."""

    def items(self) -> Any:
        """Fail."""
        raise RuntimeError


class Name(enum.StrEnum):
    """A subclass of str."""

    A = "a"


# fmt: off
INPUT: list[Any] = [
    *VALUES,
    Hostile(),
    Hostile,
    HostileText("a"),
    HostileMapping(a="b"),
    Name.A,
    [Hostile()],
    {"a": Hostile()},
    (),
    ("a",),
    {"a"},
    iter("a"),
    lambda: "a",
    lambda: None,
    lambda: 1 / 0,
    object(),
    10**5000,
    complex(1),
    bytearray(b"a"),
    "http://a",
    "https://user@a",
    "https://[",
    "https://a:99999",
    "https://a/\n",
    "https://ａ．ｏｒｇ",
    "https://xn--a",
    "Bearer a",
    "a" * 100_000,
    "..",
    "%2e%2e",
    "a/b",
    {"X-A": "b"},
    {"X-A": "é"},
    {"Host": "a"},
    httpx.Timeout(None),
    httpx.Timeout(5),
    httpx.Timeout(float("nan")),
    float("inf"),
    1e-320,
    60,
    ONCE,
    TEMPLATE_ID,
]
_OPTIONS = ["access_token", "base_url", "allow_http", "version", "timeout", "deadline", "retry", "on_retry", "headers", "proxy", "trust_env", "transport", "x"]
_FIELDS = ["id", "id", "name", "design_ids", "learning_event_url"]

# fmt: on


def chosen(rng: random.Random, names: list[str], most: int) -> Mapping[str, Any]:
    """Return some of the names with random values."""
    return {name: rng.choice(INPUT) for name in rng.sample(names, rng.randrange(most))}


@pytest.mark.parametrize("kind", [Certifier, AsyncCertifier])
def test_no_input_lets_another_exception_escape(kind: Any) -> None:
    """Each client gets each input for each name, and 10,000 random ones; SEED selects others."""
    escaped: list[str] = []
    rng = random.Random(SEED)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=TEMPLATE))
    with asyncio.Runner() as runner:

        def call(options: Mapping[str, Any], fields: Mapping[str, Any]) -> object:
            client = kind(**{**OPTIONS, "transport": transport, **options})
            if "transport" in options:
                return None
            with suppress(ZeroDivisionError):  # of a callable token: the caller's own
                finish(runner, client.groups.update(**{"id": TEMPLATE_ID, **fields}))
            return None

        for value in INPUT:
            for name in _OPTIONS:
                own = {"transport": None} if name == "proxy" else {}  # which a transport excludes
                note(escaped, name, partial(call, {**own, name: value}, {}))
            for name in _FIELDS:
                note(escaped, name, partial(call, {}, {name: value}))
        for _ in range(INPUTS // 2):
            options = chosen(rng, _OPTIONS, 3)
            fields = chosen(rng, _FIELDS, 4)
            note(escaped, (list(options), list(fields)), partial(call, options, fields))
    measured.add("escaped", len(escaped))
    assert escaped == []
