"""Measure this client and its alternatives side by side: `make bench`.

Each contender is a process that runs throughout. In each round all of them make some calls, one
contender after the other, so that a change of the machine's speed affects all of them. The result
is the ratio to httpx in the same round.
"""

import argparse
import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import attrs

sys.path.insert(0, str(Path(__file__).parents[2]))  # this folder is run as a script
from bench.speed import environments, performance_page, server_process, startup
from bench.speed.environments import FOLDER, Unavailable, environment, prepare, python
from bench.speed.server_process import Service


@attrs.frozen
class Contender:
    """What is measured.

    Attributes:
        function: in contenders.py.
        name: its name in the report.
        within: its environment.
        generated: whether it is a generated client, like this one.

    """

    function: str
    name: str
    within: str = "client"
    generated: bool = False


OURS = "certifier-client"
# The others are compared with the first.
CONTESTS: dict[str, list[Contender]] = {
    "sync": [
        Contender("httpx_sync", "httpx"),
        Contender("certifier_client", OURS),
        Contender("openapi_python_client", "openapi-python-client", generated=True),
        Contender(
            "openapi_generator_urllib3", "openapi-generator, urllib3", "peers", generated=True
        ),
        Contender(
            "openapi_python_generator_requests",
            "openapi-python-generator, requests",
            "peers",
            generated=True,
        ),
        Contender("stainless", "Stainless (openai)", "stainless", generated=True),
        Contender("requests", "requests", "peers"),
        Contender("urllib3", "urllib3", "peers"),
        Contender("http_client", "http.client"),
        Contender("bare_socket", "a bare socket"),
    ],
    "sync_tls": [
        Contender("httpx_sync", "httpx"),
        Contender("certifier_client", OURS),
        Contender("http_client", "http.client"),
    ],
    "async50": [
        Contender("httpx_async", "httpx"),
        Contender("certifier_client_async", OURS),
        Contender("openapi_python_client_async", "openapi-python-client", generated=True),
        Contender(
            "openapi_generator_aiohttp", "openapi-generator, aiohttp", "peers", generated=True
        ),
        Contender(
            "openapi_python_generator_aiohttp",
            "openapi-python-generator, aiohttp",
            "peers",
            generated=True,
        ),
        Contender("stainless_async", "Stainless (openai)", "stainless", generated=True),
        Contender("aiohttp_async", "aiohttp", "aiohttp"),
    ],
    "async50_sniffio": [
        Contender("httpx_async", "httpx", "sniffio"),
        Contender("certifier_client_async", OURS, "sniffio"),
        Contender("aiohttp_async", "aiohttp", "aiohttp"),
    ],
    "async50_tls": [
        Contender("httpx_async", "httpx"),
        Contender("certifier_client_async", OURS),
        Contender("aiohttp_async", "aiohttp", "aiohttp"),
    ],
    "memory": [
        Contender("httpx_memory", "httpx"),
        Contender("certifier_client_memory", OURS),
    ],
}


@attrs.define
class Measured:
    """The results of a contender, with a figure for each round.

    Attributes:
        contender: which.
        cpu: microseconds of CPU time for a call.
        wall: microseconds for a call.
        ratio: of ``cpu``, to the first contender in the same round.

    """

    contender: Contender
    cpu: list[float] = attrs.field(factory=list)
    wall: list[float] = attrs.field(factory=list)
    ratio: list[float] = attrs.field(factory=list)


class Runner:
    """The process of a contender."""

    def __init__(self, contender: Contender, to: Service) -> None:
        """Start it and warm it up, or raise Unavailable."""
        self.name = contender.name
        script = Path(__file__).with_name("contenders.py")
        self._process = subprocess.Popen(
            [python(contender.within), str(script), contender.function, to.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**environment(contender.within), **to.variables},
            text=True,
        )
        self._read()
        self.run(100)

    def run(self, calls: int) -> dict[str, float]:
        """Make calls; return seconds of CPU time and wall time, and KiB of memory."""
        assert self._process.stdin
        self._process.stdin.write(f"{calls}\n")
        self._process.stdin.flush()
        took: dict[str, float] = json.loads(self._read())
        return took

    def _read(self) -> str:
        assert self._process.stdout
        assert self._process.stderr
        if line := self._process.stdout.readline():
            return line
        output = self._process.stderr.read().strip().splitlines() or ["no output"]
        raise Unavailable(f"{self.name} cannot be measured: {output[-1]}")

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


def compete(
    contest: str, to: Service, *, rounds: int, seconds: float, there: set[str]
) -> list[Measured]:
    """Run the contenders of a contest in turn, each for about ``seconds`` in each round."""
    runners: list[tuple[Measured, Runner, int]] = []
    with ExitStack() as stack:
        for contender in CONTESTS[contest]:
            if contender.within not in there:
                continue
            try:
                runner = Runner(contender, to)
            except Unavailable as why:
                print(why)
                continue
            stack.callback(runner.end)
            calls = max(50, int(100 * seconds / runner.run(100)["wall"]))
            runners.append((Measured(contender), runner, calls))
        for turn in range(rounds):
            for measured, runner, calls in runners[:: -1 if turn % 2 else 1]:
                took = runner.run(calls)
                measured.cpu.append(1e6 * took["cpu"] / calls)
                measured.wall.append(1e6 * took["wall"] / calls)
            for measured, *_ in runners:
                measured.ratio.append(measured.cpu[-1] / runners[0][0].cpu[-1])
    return [measured for measured, *_ in runners]


def growth(to: Service, calls: int) -> dict[str, float]:
    """Return how many KiB each of our clients grew by in the second half of twice as many calls."""
    grown: dict[str, float] = {}
    for function in ("certifier_client", "certifier_client_async"):
        runner = Runner(Contender(function, function), to)
        try:
            before = runner.run(calls)["kib"]
            grown[function] = runner.run(calls)["kib"] - before
        finally:
            runner.end()
    return grown


def prepared(names: list[str]) -> set[str]:
    """Return the environments that could be made."""
    there: set[str] = set()
    for name in names:
        print(f"preparing {FOLDER.name}/{name}", flush=True)
        try:
            prepare(name)
        except Unavailable as why:
            print(why)
            continue
        there.add(name)
    return there


def main() -> None:
    """Measure, and report."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, and no generated peers")
    quick = parser.parse_args().quick
    there = prepared(list(environments.QUICK if quick else environments.PACKAGES))
    if "client" not in there:
        sys.exit("this client itself cannot be installed")
    how: dict[str, Any] = {"rounds": 5 if quick else 15, "seconds": 0.1 if quick else 0.3}
    with server_process.plain() as plain, server_process.over_tls() as over_tls:
        contests: dict[str, list[Measured]] = {}
        for contest in CONTESTS:
            to = over_tls if contest.endswith("_tls") else plain
            contests[contest] = compete(contest, to, there=there, **how)
            print(performance_page.table(contest, contests[contest]), flush=True)
        starts = startup.measure(plain, over_tls, 4 if quick else 30)
        print(performance_page.starts(starts), flush=True)
        calls = 2_000 if quick else 10_000
        grown = growth(plain, calls)
        print(performance_page.growth(grown, calls), flush=True)
    if not quick:
        installed = {name: environments.versions(name) for name in sorted(there)}
        performance_page.write(
            contests, starts, performance_page.growth(grown, calls), grown, installed
        )


if __name__ == "__main__":
    main()
