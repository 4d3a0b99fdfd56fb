"""Measure how long a program takes to start, each time in a new process."""

import subprocess
import time
from statistics import median

import attrs

from bench.speed.constant_server import TEMPLATE, TEMPLATE_ID
from bench.speed.environments import environment, python
from bench.speed.server_process import Service

_TOKEN = "cfp_0123456789abcdef"
_FIELDS = {"name": TEMPLATE["name"], "learningEventUrl": TEMPLATE["learningEventUrl"]}
_HTTPX = f"""
headers={{"Accept": "application/json", "Authorization": "Bearer {_TOKEN}", \
"Certifier-Version": "2022-10-26"}}"""
_PATCH = f'client.patch("/v1/groups/{TEMPLATE_ID}", json={_FIELDS!r})'
_OURS = f'base_url=sys.argv[1], access_token="{_TOKEN}"'
_UPDATE = (
    f'client.credential_templates.update("{TEMPLATE_ID}", name={TEMPLATE["name"]!r}, '
    f"learning_event_url={TEMPLATE['learningEventUrl']!r})"
)

_SYNC_HTTPX = f"""
import sys, httpx
{_HTTPX}
with httpx.Client(base_url=sys.argv[1], headers=headers) as client:
    response = {_PATCH}
    response.raise_for_status()
    print(response.json()["name"], flush=True)
"""
_SYNC_OURS = f"""
import sys
from certifier_client import Certifier
with Certifier({_OURS}) as client:
    print({_UPDATE}.name, flush=True)
"""
_ASYNC_HTTPX = f"""
import asyncio, sys, httpx
{_HTTPX}
async def main():
    async with httpx.AsyncClient(base_url=sys.argv[1], headers=headers) as client:
        response = await {_PATCH}
        response.raise_for_status()
        print(response.json()["name"], flush=True)
asyncio.run(main())
"""
_ASYNC_OURS = f"""
import asyncio, sys
from certifier_client import AsyncCertifier
async def main():
    async with AsyncCertifier({_OURS}) as client:
        print((await {_UPDATE}).name, flush=True)
asyncio.run(main())
"""


@attrs.define
class Startup:
    """A measurement of startup time, with httpx and with this client.

    Attributes:
        name: its name in the figures.
        title: its title in the report.
        theirs: the program that uses httpx.
        ours: the program that uses this client.
        tls: whether it makes a call over TLS.
        seconds: the times of both programs, a pair for each round.

    """

    name: str
    title: str
    theirs: str
    ours: str
    tls: bool = False
    seconds: list[tuple[float, float]] = attrs.field(factory=list)

    @property
    def ratios(self) -> list[float]:
        """Our time divided by theirs, for each round."""
        return [ours / theirs for theirs, ours in self.seconds]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return median(self.ratios)


def _import(name: str, statement: str) -> Startup:
    def program(statement: str) -> str:
        return (
            f"import time; began = time.perf_counter(); {statement}; "
            "print(time.perf_counter() - began)"
        )

    return Startup(name, f"`{statement}`", program("import httpx"), program(statement))


def all_starts() -> list[Startup]:
    """Return the measurements to make."""
    first = "from process start to the first response"
    return [
        _import("import_client", "from certifier_client import Certifier"),
        _import("import_async_client", "from certifier_client import AsyncCertifier"),
        Startup("first_call", first, _SYNC_HTTPX, _SYNC_OURS),
        Startup("first_call_async", f"{first}, asyncio", _ASYNC_HTTPX, _ASYNC_OURS),
        Startup("first_call_tls", f"{first}, TLS", _SYNC_HTTPX, _SYNC_OURS, tls=True),
        Startup(
            "first_call_async_tls", f"{first}, TLS, asyncio", _ASYNC_HTTPX, _ASYNC_OURS, tls=True
        ),
    ]


def measure(plain: Service, over_tls: Service, rounds: int) -> list[Startup]:
    """Start each program in turn, alternating which of the two comes first."""
    starts = all_starts()
    for turn in range(rounds + 1):
        for start in starts:
            service = over_tls if start.tls else plain
            if turn % 2:
                ours = _seconds(start.ours, service)
                theirs = _seconds(start.theirs, service)
            else:
                theirs = _seconds(start.theirs, service)
                ours = _seconds(start.ours, service)
            if turn:  # the first fills the file caches
                start.seconds.append((theirs, ours))
    return starts


def _seconds(program: str, service: Service) -> float:
    """Return how long a program takes to print a line, or the time that it prints."""
    began = time.perf_counter()
    with subprocess.Popen(
        [python("client"), "-c", program, service.url],
        stdout=subprocess.PIPE,
        text=True,
        env={**environment("client"), **service.variables},
    ) as process:
        assert process.stdout
        line = process.stdout.readline().strip()
        took = time.perf_counter() - began
    if process.returncode or not line:
        raise RuntimeError(f"a program ended with {process.returncode}: {program}")
    return took if line == TEMPLATE["name"] else float(line)
