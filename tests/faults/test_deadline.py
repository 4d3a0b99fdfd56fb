"""No call outlives its deadline, whatever the server does."""

import asyncio
import contextlib
import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from certifier_client import Certifier, CertifierError
from certifier_sandbox import TEMPLATE_ID
from faults import fault_server as s
from faults.fault import CANARY, FAST, KINDS, SEED, timeout
from faults.fault_server import Step, Turn, response, serving
from faults.table.shared import CHUNKED, HEAD
from figures import faults as measured
from stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPTS = 50
_OVERRUN = 100  # milliseconds
_TOGETHER = 2  # calls at a time; those of more would each count the delays of all


def script(chance: random.Random) -> list[Turn]:
    """Return a server that does anything, for longer than any call may take."""
    steps: list[Callable[[], Step]] = [
        lambda: s.read,
        lambda: s.send(response()[: chance.randrange(300)]),
        lambda: s.send(HEAD + chance.choice([b"", b"X-A: a\r\n", b"\r\n"])),
        lambda: s.send(response(200, b"", CHUNKED)),
        lambda: s.send(response(chance.choice([302, 404, 429, 503]))),
        lambda: s.send(s.error(429, [("Retry-After", chance.choice(["0", "1", "99", "x"]))])),
        lambda: s.send(chance.randbytes(chance.randrange(2000))),
        lambda: s.drip(response() * 9, chance.uniform(0.001, 0.1)),
        lambda: s.drip(b"1\r\na\r\n" * 99, chance.uniform(0.001, 0.05)),
        lambda: s.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 9, 0.01),
        lambda: s.stall(chance.uniform(0, 0.5)),
        lambda: s.sip(chance.uniform(0.001, 0.05)),
        lambda: s.hold(chance.uniform(0, 0.5)),
        lambda: s.flood(b"1000\r\n" + b" " * 4096 + b"\r\n", 1000),
        lambda: s.flood(b"X-A: a\r\n", 1000),
        lambda: s.reset,
        lambda: s.close,
    ]
    return [
        (
            *chance.choice([(s.read,), (s.read,), (s.read,), ()]),
            *(chance.choice(steps)() for _ in range(chance.randrange(1, 5))),
        )
        for _ in range(10)
    ]


def options(chance: random.Random) -> Any:
    """Return a client with a deadline that ends before the server does."""
    limits = timeout(read=chance.choice([0.01, 0.05, 30]), connect=chance.choice([0.02, 5]))
    return {
        "access_token": CANARY,
        "retry": FAST,
        "deadline": chance.uniform(0.03, 0.15),
        "timeout": limits,
    }


def fields(chance: random.Random) -> Any:
    """Return an update, now and then one that fills every buffer on its way."""
    return {"name": "n" * chance.choice([1, 1, 1, 6_000_000])}


def overrun(kind: Any, seed: int) -> float:
    """Return by how many milliseconds a call outlived its deadline."""
    chance = random.Random(seed)

    async def call_async(options: Any, fields: Any) -> None:
        async with kind(**options) as certifier:
            with watch, contextlib.suppress(CertifierError):
                await certifier.groups.update(TEMPLATE_ID, **fields)

    with serving(script(chance)) as server:
        told, update, watch = options(chance), fields(chance), Stopwatch()
        told["base_url"] = server.url
        if kind is not Certifier:
            asyncio.run(call_async(told, update))
        else:
            with Certifier(**told) as certifier, watch, contextlib.suppress(CertifierError):
                certifier.groups.update(TEMPLATE_ID, **update)
    return 1000 * (watch.seconds - float(told["deadline"]))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_call_outlives_its_deadline(kind: Any) -> None:
    """By more than a tenth of a second, over random scripts; SEED tries others."""
    seeds = range(1000 * SEED, 1000 * SEED + SCRIPTS)
    with ThreadPoolExecutor(_TOGETHER) as pool:
        late = dict(zip(seeds, pool.map(lambda seed: overrun(kind, seed), seeds), strict=True))
    measured.add("worst_overrun_ms", round(max(late.values()), 1))
    assert {seed: over for seed, over in late.items() if over >= _OVERRUN} == {}
