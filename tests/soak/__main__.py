"""Use both clients for MINUTES against a server of random faults: `make soak`.

After each round of calls, every report is compared with the server's log, and memory, file
descriptors and threads are counted. The figures go to build/figures/soak.json.
"""

import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Self

import attrs

sys.path.insert(0, str(Path(__file__).parents[1]))  # a script can only import from its own folder
from soak.load import Load, Report
from soak.soak_server import Entry
from support import ROOT

FIGURES = ROOT / "build/figures/soak.json"
_PAGE = os.sysconf("SC_PAGE_SIZE")

Log = dict[str, list[Entry]]


class Server:
    """The misbehaving server, in a separate process."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Start it."""
        log = folder / "log"
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("soak_server.py")), str(log), str(seed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self._line()
        self._log = log.open("rb")

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def entries(self) -> Log:
        """Return the new entries of its log, by name."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._line()
        found: Log = {}
        for line in self._log:
            entry = Entry(*json.loads(line))
            found.setdefault(entry.name, []).append(entry)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._log.close()
        self._process.communicate()


def untrue(report: Report, entries: list[Entry]) -> str | None:
    """Return how a report differs from what the server did, or None."""
    if report.kind == "escaped":
        return "is not an exception of the client"
    if report.kind == "template":
        if report.returned != report.name:
            return f"has the name {report.returned!r}"
        if not any(entry.is_success for entry in entries):
            return "had no such response"
    if report.kind == "error":
        if not report.may_have_been_applied and any(entry.is_applied for entry in entries):
            return "denies a request that the server may have applied"
        # One more may be sent if an idle connection was closed.
        if report.attempts < len(entries):
            return f"reports {report.attempts} attempts of {len(entries)}"
    return None


@attrs.define
class Usage:
    """The resources that this process uses."""

    kib: int
    descriptors: int
    threads: int

    @classmethod
    def now(cls) -> "Usage":
        """Measure them now."""
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        open_files = len(list(Path("/proc/self/fd").iterdir()))
        return cls(pages * _PAGE // 1024, open_files, threading.active_count())


class Soak:
    """Rounds of calls, and the problems found."""

    def __init__(self, server: Server, seed: int) -> None:
        self.outcomes: Counter[str] = Counter()
        gc.collect()  # of what was before
        self.usage = [Usage.now()]
        self.problems: list[str] = []
        self._server = server
        self._load = Load(server.url, seed)
        # A request may be logged after its call has ended: each report is checked in two rounds.
        self._last: tuple[list[Report], Log] = ([], {})

    def round(self) -> None:
        """Make the calls of a round, and check the reports."""
        earlier, logged = self._last
        reports, entries = self._load.round(), self._server.entries()
        self._last = (reports, entries)
        for report in earlier:
            self._check(report, logged.get(report.name, []) + entries.get(report.name, []))
        for report in reports:
            self._check(report, entries.get(report.name, []))
            self.outcomes[report.ended] += 1
        self.usage.append(Usage.now())

    def _check(self, report: Report, entries: list[Entry]) -> None:
        if problem := untrue(report, entries):
            self.problems.append(f"{report.ended} of {report.name}: {problem}: {entries}")

    def end(self) -> None:
        """Close the client, and check that nothing is left of it."""
        self._load.close()
        gc.collect()
        now, before = Usage.now(), self.usage[0]
        for name in ("descriptors", "threads"):
            if (left := getattr(now, name) - getattr(before, name)) > 0:
                self.problems.append(f"{left} {name} are left")
        if self._load.tasks_left:
            self.problems.append(f"{self._load.tasks_left} tasks are left")

    def figures(self) -> dict[str, object]:
        """Return the figures; those of memory start with the second quarter of the rounds."""
        quarter = len(self.usage) // 4
        second, last = self.usage[quarter : 2 * quarter + 1], self.usage[-quarter - 1 :]
        kib = [median(usage.kib for usage in part) for part in (second, last)]
        return {
            "calls": self.outcomes.total(),
            "problems": len(self.problems),
            "kib": kib[1],
            "kib_growth": kib[1] - kib[0],
            "outcomes": dict(self.outcomes.most_common()),
        }


def soak(minutes: float, seed: int) -> Soak:
    """Make rounds of calls for some minutes, at least one round."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), seed) as server:
        made = Soak(server, seed)
        end = time.monotonic() + 60 * minutes
        while True:
            made.round()
            if sys.stderr.isatty():
                print(f"\r{made.outcomes.total()} calls", end="", file=sys.stderr)
            if time.monotonic() > end:
                made.end()
                return made


def main() -> None:
    """Run the soak, and report."""
    minutes, seed = float(sys.argv[1]), int(sys.argv[2])
    ended = soak(minutes, seed)
    for problem in ended.problems[:20]:
        print(problem)
    figures = {"minutes": minutes, "seed": seed, **ended.figures()}
    FIGURES.parent.mkdir(parents=True, exist_ok=True)
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n")
    print(FIGURES.read_text())
    sys.exit(bool(ended.problems))


if __name__ == "__main__":
    main()
