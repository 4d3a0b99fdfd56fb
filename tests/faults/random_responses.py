"""Random responses, and the exceptions other than ours that they cause."""

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


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Return these bytes with up to three random changes."""
    changed = bytearray(data)
    for _ in range(rng.randrange(4)):
        place = rng.randrange(len(changed) + 1)
        changed[place : place + rng.randrange(3)] = rng.choice(
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
                rng.randbytes(3),
            ]
        )
    return bytes(changed)


def content(rng: random.Random) -> bytes:
    """Return a body that is almost right, or nonsense."""
    value: Any = {
        **TEMPLATE,
        **{
            rng.choice([*TEMPLATE, "badgeDesignId", "x"]): rng.choice(VALUES)
            for _ in range(rng.randrange(3))
        },
    }
    if rng.random() < 0.2:
        value = {
            "error": {rng.choice(["code", "message", "x"]): rng.choice(VALUES) for _ in range(3)}
        }
    if rng.random() < 0.1:
        value = rng.choice(VALUES)
    data = json.dumps(value, default=repr).encode()
    return data if rng.random() < 0.3 else mutated(rng, data)


def headers(rng: random.Random) -> list[tuple[str, str]]:
    """Return a few meaningful headers, well-formed or not."""
    chosen = rng.sample(_HEADERS, rng.randrange(3))
    return [(name, rng.choice(values)) for name, values in chosen]


def status(rng: random.Random) -> int:
    """Return a status, usually a documented one."""
    return rng.choice([200, 200, 200, 400, 401, 404, 429, 500, 503, rng.randrange(200, 1000)])


def responses(rng: random.Random, number: int) -> Iterator[httpx.Response]:
    """Generate responses for a transport."""
    for _ in range(number):
        encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers(rng)]
        stream = httpx.ByteStream(content(rng))
        yield httpx.Response(status(rng), headers=encoded, stream=stream)


def raw_responses(rng: random.Random, number: int) -> Iterator[list[bytes]]:
    """Generate the bytes of a connection, in pieces."""
    for _ in range(number):
        data = mutated(rng, response(status(rng), content(rng), headers(rng)))
        cut = rng.randrange(len(data) + 1)
        yield [data[:cut], data[cut:]]


def note(escaped: list[str], what: object, call: Callable[[], object]) -> None:
    """Make a call, and record an exception that is not a CertifierError."""
    try:
        call()
    except CertifierError as error:
        try:
            pickle.loads(pickle.dumps(error))  # noqa: S301 - ours
            str(error).encode()
        except Exception as other:  # noqa: BLE001 - the test looks for these
            escaped.append(f"{other!r} of {error!r} by {what!r}")
    except Exception as error:  # noqa: BLE001 - likewise
        escaped.append(f"{error!r} by {what!r}")


OPTIONS: dict[str, Any] = {"access_token": CANARY, "base_url": "http://localhost", "retry": ONCE}


def from_transport(kind: Any, rng: random.Random, number: int, runner: asyncio.Runner) -> list[str]:
    """Give a client random responses through a transport; return the other exceptions."""
    escaped: list[str] = []
    current: list[httpx.Response] = []
    certifier = kind(transport=httpx.MockTransport(lambda _: current[0]), **OPTIONS)
    for given in responses(rng, number):
        current[:] = [given]
        note(escaped, given.headers, lambda: finish(runner, certifier.groups.update(TEMPLATE_ID)))
    return escaped


class Played:
    """A stream, for either mode, that returns given bytes."""

    unsent: bytes | memoryview = b""

    def __init__(self, given: list[bytes]) -> None:
        self._given = iter(given)

    async def write(self, data: bytes | memoryview, end: float) -> bytes | None:
        """Accept everything."""

    async def read(self, end: float) -> bytes:
        """Return the given bytes, and then the end."""
        del end
        return next(self._given, b"")

    def arrived(self) -> None:
        """Return None: nothing has arrived yet."""

    def is_quiet(self) -> bool:
        """Return False, so that the connection is not kept."""
        return False

    def close(self) -> None:
        """Do nothing."""


def from_connection(
    kind: Any, rng: random.Random, number: int, runner: asyncio.Runner
) -> list[str]:
    """Give a client random bytes on its connections; return the other exceptions."""
    escaped: list[str] = []
    current: list[list[bytes]] = []

    async def connect(*_: object) -> Played:
        return Played(current[0])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sockets.Blocking, "connect", connect)
        patch.setattr(asyncio_sockets.Asyncio, "connect", connect)
        certifier = kind(**OPTIONS | {"base_url": "http://127.0.0.1"})
        for given in raw_responses(rng, number):
            current[:] = [given]
            note(escaped, given, lambda: finish(runner, certifier.groups.update(TEMPLATE_ID)))
    return escaped


def finish(runner: asyncio.Runner, result: Any) -> object:
    """Return the result of a call of either client."""
    if asyncio.iscoroutine(result):  # run() would install a signal handler each time
        return runner.get_loop().run_until_complete(result)
    return result


# More than 100,000. One in eight is sent as bytes on a connection, which is slow.
_PARTS = {
    "sync transport": (from_transport, Certifier, 22, 3125),
    "sync connection": (from_connection, Certifier, 2, 3125),
    "async transport": (from_transport, AsyncCertifier, 6, 3125),
    "async connection": (from_connection, AsyncCertifier, 2, 3125),
}
# The slow ones repeat the first job with other responses, or with the same ones as bytes.
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
