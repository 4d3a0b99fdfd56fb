"""Responses of any kind, generated, and the exceptions that escape from a client that gets them."""

import asyncio
import json
import pickle
import random
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from certifier_client import AsyncCertifier, Certifier, CertifierError
from certifier_client._http import asyncio_sockets, sockets
from certifier_sandbox import TEMPLATE_ID
from documented import TEMPLATE
from faults.fault import CANARY, ONCE
from faults.fault_server import response

# fmt: off
VALUES: list[Any] = [None, True, 0, -1, 1e999, 10**400, 1.5, "", "a", "\0", "\ud83d", "é" * 50, "2022-01-01T00:00:00Z", "2022-13-01", [], ["a"], [None], [[[]]], {}, {"a": None}, {"error": {"code": "not_found", "message": "m"}}, float("nan"), b"a"]
_HEADERS = [
    ("Retry-After", ["0", "5", "-1", "9" * 400, "soon", "Fri, 31 Dec 9999 23:59:59 GMT", "Wed, 00 Jan 2020 99:99:99 GMT", "\xff"]),
    ("Date", ["Wed, 01 Jan 2020 00:00:00 GMT", "never", "Wed, 01 Jan 2020 00:00:00 +9999", "Wed, 01 Jan -0001 00:00:00 GMT"]),
    ("Location", ["/", "http://[", "//a@b:c/d", "\xff", "http://a:99999999/"]),
    ("Content-Encoding", ["gzip", "identity", "br, gzip", ""]),
    ("Content-Type", ["application/json", "text/html; charset=utf-7", "\xff"]),
    ("Transfer-Encoding", ["chunked", "gzip, chunked", "identity"]),
    ("Content-Length", ["0", "5", "-5", "x", "9" * 30]),
    ("Connection", ["close", "keep-alive", "upgrade"]),
]

# fmt: on


def mutated(chance: random.Random, data: bytes) -> bytes:
    """Return bytes that differ from these in a place or two."""
    changed = bytearray(data)
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(changed) + 1)
        changed[place : place + chance.randrange(3)] = chance.choice(
            [
                b"",
                b"\0",
                b"\xff",
                b'"',
                b"{",
                b"[",
                b"]",
                b",",
                b"\r\n",
                b"9" * 20,
                chance.randbytes(3),
            ]
        )
    return bytes(changed)


def content(chance: random.Random) -> bytes:
    """Return the body of a response that is nearly right, or not at all."""
    value: Any = {
        **TEMPLATE,
        **{
            chance.choice([*TEMPLATE, "badgeDesignId", "x"]): chance.choice(VALUES)
            for _ in range(chance.randrange(3))
        },
    }
    if chance.random() < 0.2:
        value = {
            "error": {
                chance.choice(["code", "message", "x"]): chance.choice(VALUES) for _ in range(3)
            }
        }
    if chance.random() < 0.1:
        value = chance.choice(VALUES)
    data = json.dumps(value, default=repr).encode()
    return data if chance.random() < 0.3 else mutated(chance, data)


def headers(chance: random.Random) -> list[tuple[str, str]]:
    """Return some headers that mean something, well-formed or not."""
    chosen = chance.sample(_HEADERS, chance.randrange(3))
    return [(name, chance.choice(values)) for name, values in chosen]


def status(chance: random.Random) -> int:
    """Return a documented status mostly."""
    return chance.choice([200, 200, 200, 400, 401, 404, 429, 500, 503, chance.randrange(200, 1000)])


def responses(chance: random.Random, number: int) -> Iterator[httpx.Response]:
    """Generate responses of a transport."""
    for _ in range(number):
        encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers(chance)]
        stream = httpx.ByteStream(content(chance))
        yield httpx.Response(status(chance), headers=encoded, stream=stream)


def raw_responses(chance: random.Random, number: int) -> Iterator[list[bytes]]:
    """Generate bytes on a connection, in pieces."""
    for _ in range(number):
        data = mutated(chance, response(status(chance), content(chance), headers(chance)))
        cut = chance.randrange(len(data) + 1)
        yield [data[:cut], data[cut:]]


def note(escaped: list[str], what: object, call: Callable[[], object]) -> None:
    """Make a call, and keep what is raised that is not of the tree."""
    try:
        call()
    except CertifierError as error:
        try:
            pickle.loads(pickle.dumps(error))  # noqa: S301 - ours
            str(error).encode()
        except Exception as other:  # noqa: BLE001 - which is what is looked for
            escaped.append(f"{other!r} of {error!r} by {what!r}")
    except Exception as error:  # noqa: BLE001 - likewise
        escaped.append(f"{error!r} by {what!r}")


OPTIONS: dict[str, Any] = {"access_token": CANARY, "base_url": "http://localhost", "retry": ONCE}


def from_transport(
    kind: Any, chance: random.Random, number: int, runner: asyncio.Runner
) -> list[str]:
    """Let a client have its responses from a transport, and return what escaped."""
    escaped: list[str] = []
    current: list[httpx.Response] = []
    certifier = kind(transport=httpx.MockTransport(lambda _: current[0]), **OPTIONS)
    for given in responses(chance, number):
        current[:] = [given]
        note(escaped, given.headers, lambda: finish(runner, certifier.groups.update(TEMPLATE_ID)))
    return escaped


class Played:
    """A stream of either mode of which the bytes are given."""

    unsent = b""

    def __init__(self, given: list[bytes]) -> None:
        self._given = iter(given)

    async def write(self, data: bytes, end: float) -> None:
        """Take all."""

    async def read(self, end: float) -> bytes:
        """Return what was given, and then the end of it."""
        del end
        return next(self._given, b"")

    def arrived(self) -> None:
        """Have nothing yet."""

    def is_quiet(self) -> bool:
        """Be no connection to keep."""
        return False

    def close(self) -> None:
        """Do nothing."""


def from_connection(
    kind: Any, chance: random.Random, number: int, runner: asyncio.Runner
) -> list[str]:
    """Let a client read its responses off connections, and return what escaped."""
    escaped: list[str] = []
    current: list[list[bytes]] = []

    async def connect(*_: object) -> Played:
        return Played(current[0])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sockets.Blocking, "connect", connect)
        patch.setattr(asyncio_sockets.Asyncio, "connect", connect)
        certifier = kind(**OPTIONS | {"base_url": "http://127.0.0.1"})
        for given in raw_responses(chance, number):
            current[:] = [given]
            note(escaped, given, lambda: finish(runner, certifier.groups.update(TEMPLATE_ID)))
    return escaped


def finish(runner: asyncio.Runner, result: Any) -> object:
    """Return what a call of either client gives."""
    if asyncio.iscoroutine(result):  # run() would take the signals over and give them back
        return runner.get_loop().run_until_complete(result)
    return result


# A hundred thousand and more. One in eight comes as bytes on a connection, which takes long.
_PARTS = {
    "sync transport": (from_transport, Certifier, 22, 3125),
    "sync connection": (from_connection, Certifier, 2, 3125),
    "async transport": (from_transport, AsyncCertifier, 6, 3125),
    "async connection": (from_connection, AsyncCertifier, 2, 3125),
}
# What is slow here is like the first job over a transport, with other responses or the same as bytes.
JOBS = [
    pytest.param(
        way,
        kind,
        number,
        id=f"{name} {job}",
        marks=[pytest.mark.slow] if job or way is from_connection else [],
    )
    for name, (way, kind, jobs, number) in _PARTS.items()
    for job in range(jobs)
]
