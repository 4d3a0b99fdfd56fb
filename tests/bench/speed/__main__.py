"""Measure this client side by side with what people would use instead: `make bench`.

Each contender is a process that stays for the whole run. In each round all of them make some calls,
one contender after the other, so that a machine that changes its pace changes it for all; what
counts is the ratio to httpx in the same round.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # a folder that is run finds only its own
from bench.speed import report
from bench.speed.environments import (
    FOLDER,
    Unavailable,
    environment,
    prepare,
    python,
    versions,
)

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Contender:
    """What is measured.

    Attributes:
        function: in contenders.py.
        name: for people.
        within: the environment.
        generated: whether it is a client that a generator makes, so a peer of this one.

    """

    function: str
    name: str
    within: str = "client"
    generated: bool = False


OURS = "certifier-client"
# The first of each is what the others are compared with.
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
    "async50": [
        Contender("httpx_async", "httpx"),
        Contender("certifier_client_async", OURS),
        Contender("certifier_client_fast", f"{OURS}[fast]"),
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
        Contender("aiohttp_async", "aiohttp"),
    ],
    "memory": [
        Contender("httpx_memory", "httpx"),
        Contender("certifier_client_memory", OURS),
    ],
}
STARTS = {
    "import": ("import httpx", "import certifier_client"),
    "first_call": (
        "import contenders; contenders.httpx_sync({url!r})()",
        "import contenders; contenders.certifier_client({url!r})()",
    ),
}


@dataclass
class Measured:
    """What a contender took, a figure for each round.

    Attributes:
        contender: which.
        cpu: microseconds of processor time for a call.
        wall: microseconds for a call.
        ratio: of ``cpu``, to the first contender in the same round.

    """

    contender: Contender
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    ratio: list[float] = field(default_factory=list)


class Runner:
    """The process of a contender."""

    def __init__(self, contender: Contender, url: str) -> None:
        """Start it, and let it warm up; or raise Unavailable."""
        self.name = contender.name
        self._process = subprocess.Popen(
            [python(contender.within), str(HERE / "contenders.py"), contender.function, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(contender.within),
            text=True,
        )
        self._read()
        self.run(100)

    def run(self, calls: int) -> dict[str, float]:
        """Make so many calls; return seconds of processor and clock, and KiB of memory."""
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
        said = self._process.stderr.read().strip().splitlines() or ["it said nothing"]
        raise Unavailable(f"{self.name} cannot be measured: {said[-1]}")

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def server() -> Iterator[str]:
    """Run the server, and give its URL."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "server.py")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.communicate()


def compete(
    contest: str, url: str, *, rounds: int, seconds: float, there: set[str]
) -> list[Measured]:
    """Let the contenders of a contest run in turn; each for about so many seconds a round."""
    runners: list[tuple[Measured, Runner, int]] = []
    with ExitStack() as stack:
        for contender in CONTESTS[contest]:
            if contender.within not in there:
                continue
            try:
                runner = Runner(contender, url)
            except Unavailable as why:
                print(why)
                continue
            stack.callback(runner.end)
            calls = max(50, int(100 * seconds / runner.run(100)["wall"]))
            runners.append((Measured(contender), runner, calls))
        for _ in range(rounds):
            for measured, runner, calls in runners:
                took = runner.run(calls)
                measured.cpu.append(1e6 * took["cpu"] / calls)
                measured.wall.append(1e6 * took["wall"] / calls)
                measured.ratio.append(measured.cpu[-1] / runners[0][0].cpu[-1])
    return [measured for measured, *_ in runners]


def starts(url: str, rounds: int) -> dict[str, list[float]]:
    """Return of each start of a process its ratio to that of httpx, for each round."""
    ratios: dict[str, list[float]] = {name: [] for name in STARTS}
    variables = environment("client") | {"PYTHONPATH": str(HERE)}

    def seconds(code: str) -> float:
        began = time.perf_counter()
        command = [python("client"), "-c", code.format(url=url)]
        subprocess.run(command, env=variables, check=True)
        return time.perf_counter() - began

    for turn in range(rounds + 1):  # the first fills the caches of files
        for name, (theirs, ours) in STARTS.items():
            base, own = seconds(theirs), seconds(ours)
            if turn:
                ratios[name].append(own / base)
    return ratios


def growth(url: str, calls: int) -> dict[str, float]:
    """Return by how many KiB each of our clients grew in as many calls, after as many before."""
    grown: dict[str, float] = {}
    for function in ("certifier_client", "certifier_client_async", "certifier_client_fast"):
        runner = Runner(Contender(function, function), url)
        try:
            before = runner.run(calls)["kib"]
            grown[function] = runner.run(calls)["kib"] - before
        finally:
            runner.end()
    return grown


def main() -> None:
    """Measure, and tell."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, and no generated peers")
    quick = parser.parse_args().quick
    there: set[str] = set()
    for name in ["client"] if quick else ["client", "peers", "stainless"]:
        print(f"preparing {FOLDER.name}/{name}", flush=True)
        try:
            prepare(name)
        except Unavailable as why:
            print(why)
            continue
        there.add(name)
    if "client" not in there:
        sys.exit("this client itself cannot be installed")
    how: dict[str, Any] = {"rounds": 5 if quick else 15, "seconds": 0.1 if quick else 0.3}
    with server() as url:
        contests: dict[str, list[Measured]] = {}
        for contest in CONTESTS:
            contests[contest] = compete(contest, url, there=there, **how)
            print(report.table(contest, contests[contest]), flush=True)
        started = starts(url, 4 if quick else 15)
        print(report.starts(started), flush=True)
        grown = growth(url, 2_000 if quick else 10_000)
        print(report.growth(grown), flush=True)
    if not quick:
        installed: Callable[[str], dict[str, str]] = versions
        report.write(contests, started, grown, {name: installed(name) for name in sorted(there)})


if __name__ == "__main__":
    main()
