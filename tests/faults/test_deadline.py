"""Every call ends by its deadline, however the server behaves."""

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
_TOGETHER = 2  # calls at a time; with more, each would include the delays of the others


def script(rng: random.Random) -> list[Turn]:
    """Return a server that behaves randomly, for longer than any call may take."""
    steps: list[Callable[[], Step]] = [
        lambda: s.read,
        lambda: s.send(response()[: rng.randrange(300)]),
        lambda: s.send(HEAD + rng.choice([b"", b"X-A: a\r\n", b"\r\n"])),
        lambda: s.send(response(200, b"", CHUNKED)),
        lambda: s.send(response(rng.choice([302, 404, 429, 503]))),
        lambda: s.send(s.error(429, [("Retry-After", rng.choice(["0", "1", "99", "x"]))])),
        lambda: s.send(rng.randbytes(rng.randrange(2000))),
        lambda: s.drip(response() * 9, rng.uniform(0.001, 0.1)),
        lambda: s.drip(b"1\r\na\r\n" * 99, rng.uniform(0.001, 0.05)),
        lambda: s.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 9, 0.01),
        lambda: s.stall(rng.uniform(0, 0.5)),
        lambda: s.sip(rng.uniform(0.001, 0.05)),
        lambda: s.hold(rng.uniform(0, 0.5)),
        lambda: s.flood(b"1000\r\n" + b" " * 4096 + b"\r\n", 1000),
        lambda: s.flood(b"X-A: a\r\n", 1000),
        lambda: s.reset,
        lambda: s.close,
    ]
    return [
        (
            *rng.choice([(s.read,), (s.read,), (s.read,), ()]),
            *(rng.choice(steps)() for _ in range(rng.randrange(1, 5))),
        )
        for _ in range(10)
    ]


def options(rng: random.Random) -> Any:
    """Return options with a deadline before the end of the script."""
    limits = timeout(read=rng.choice([0.01, 0.05, 30]), connect=rng.choice([0.02, 5]))
    return {
        "access_token": CANARY,
        "retry": FAST,
        "deadline": rng.uniform(0.03, 0.15),
        "timeout": limits,
    }


def fields(rng: random.Random) -> Any:
    """Return an update; one in four is large enough to fill every buffer to the server."""
    return {"name": "n" * rng.choice([1, 1, 1, 6_000_000])}


def overrun(kind: Any, seed: int) -> float:
    """Return how many milliseconds after its deadline a call ended."""
    rng = random.Random(seed)

    async def call_async(options: Any, fields: Any) -> None:
        async with kind(**options) as certifier:
            with watch, contextlib.suppress(CertifierError):
                await certifier.groups.update(TEMPLATE_ID, **fields)

    with serving(script(rng)) as server:
        given, update, watch = options(rng), fields(rng), Stopwatch()
        given["base_url"] = server.url
        if kind is not Certifier:
            asyncio.run(call_async(given, update))
        else:
            with (
                Certifier(**given) as certifier,
                watch,
                contextlib.suppress(CertifierError),
            ):
                certifier.groups.update(TEMPLATE_ID, **update)
    return 1000 * (watch.seconds - float(given["deadline"]))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_call_ends_by_its_deadline(kind: Any) -> None:
    """With random scripts, no call is more than 0.1 seconds late; SEED selects other scripts."""
    seeds = range(1000 * SEED, 1000 * SEED + SCRIPTS)
    with ThreadPoolExecutor(_TOGETHER) as pool:
        late = dict(zip(seeds, pool.map(lambda seed: overrun(kind, seed), seeds), strict=True))
    measured.add("worst_overrun_ms", round(max(late.values()), 1))
    assert {seed: over for seed, over in late.items() if over >= _OVERRUN} == {}
