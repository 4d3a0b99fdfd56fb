"""A pytest plugin that runs, instead of all tests, the tests that may kill each mutant.

It first records which lines each test covers, also in the processes that it starts. Each mutant
then gets a fork of this process, in which all tests are collected. The tests that cover its lines
run there: those of `make quick` first, then the others. Of each, the one that killed the mutant in
an earlier run comes first, then those that killed other mutants of its function, then fast ones
that are about the function. If no test covers its lines, the tests that start processes run,
because a process that is killed leaves no record.
"""

import gc
import importlib
import json
import mmap
import os
import shutil
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any, TypeVar

import coverage
import pytest

from mutants.mutate import Mutant
from mutants.swap import in_started_processes, live_caches, live_functions, put

T = TypeVar("T")
# The timeout of a test: some seconds, plus a multiple of its time without a mutant.
TIMEOUT = 15
TIMEOUT_FACTOR = 10
ROOT = Path(__file__).parents[2]
PACKAGES = [f"{ROOT}/{folder}/*" for folder in ("overrides", "generated", "sandbox")]


class Runner:
    """Run mutants, and write their results.

    Args:
        mutants: the mutants.
        results: the file to which a JSON object is appended for each mutant.
        killers: the test that killed each mutant in an earlier run, by the mutant's name.
        measured: returns where the coverage of a file's tests is cached.
        jobs: the number of processes.
        limit: seconds of CPU time, without the mutant, after which its further tests are left out.

    """

    def __init__(
        self,
        mutants: list[Mutant],
        results: Path,
        killers: dict[str, str],
        measured: Callable[[Path], Path],
        jobs: int,
        limit: float,
    ) -> None:
        self._mutants = mutants
        self._results = results
        self._killers = killers
        self._measured = measured
        self._jobs = jobs
        self._limit = limit
        self._items: dict[str, pytest.Item] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Measure the coverage of tests that is not cached, and then run the mutants."""
        self._items = {item.nodeid: item for item in session.items}
        files = {item.path: self._measured(item.path) for item in session.items}
        new = [(file, output) for file, output in files.items() if not output.exists()]
        self._in_processes(self._measure, new)
        measured = [json.loads(output.read_text()) for output in files.values()]
        for name in sorted({name for each in measured for name in each["modules"]}):
            with suppress(Exception):
                importlib.import_module(name)
        tests = {
            name: test
            for each in measured
            for name, test in each["tests"].items()
            if test["passed"] and name in self._items
        }
        live = live_functions({str(mutant.path) for mutant in self._mutants})
        for cache in live_caches():  # collecting the tests has filled some
            cache.cache_clear()
        with tempfile.TemporaryDirectory() as folder:
            self._in_processes(
                lambda mutants: self._run_all(mutants, tests, live, Path(folder)), self._mutants
            )
        return True

    def _in_processes(self, work: Callable[[Iterable[T]], None], tasks: list[T]) -> None:
        """Let each process work on the next task until there are no more."""
        reader, writer = os.pipe()
        assert len(tasks) <= 2**14  # all numbers fit into the buffer of the pipe
        os.write(writer, b"".join(struct.pack("H", number) for number in range(len(tasks))))
        os.close(writer)

        def taken() -> Iterable[T]:
            while data := os.read(reader, 2):
                yield tasks[struct.unpack("H", data)[0]]

        gc.collect()
        gc.freeze()
        jobs = [_fork(lambda: work(taken())) for _ in range(self._jobs)]
        assert [os.waitpid(job, 0)[1] for job in jobs] == [0] * self._jobs
        gc.unfreeze()
        os.close(reader)

    def _measure(self, files: Iterable[tuple[Path, Path]]) -> None:
        """Record which lines each test covers, whether it starts processes, and its time."""
        gc.unfreeze()  # or live_caches() would find none
        started: set[str] = set()
        current = ""

        def hear(event: str, _: Any) -> None:
            if event in {"subprocess.Popen", "os.posix_spawn", "os.exec"}:
                started.add(current)

        sys.addaudithook(hear)
        in_started_processes()
        folder = tempfile.mkdtemp(dir=self._results.parent)
        os.environ["RECORD"] = "\n".join([folder, *PACKAGES])
        for file, output in files:
            caches = live_caches()
            measured = coverage.Coverage(
                data_file=None, config_file=False, include=PACKAGES, messages=False
            )
            measured.start()
            tests: dict[str, Any] = {}
            items = [item for item in self._items.values() if item.path == file]
            for item, following in _with_next(items):
                current = item.nodeid
                measured.switch_context(current)
                for cache in caches:  # they are empty too when the test runs with a mutant
                    cache.cache_clear()
                begun = sum(os.times()[:4]), time.monotonic()
                passed = _passes(item, following)
                tests[current] = {
                    "passed": passed,
                    "cost": sum(os.times()[:4]) - begun[0],
                    "seconds": time.monotonic() - begun[1],
                    "starts": current in started,
                    "lines": _recorded(Path(folder)),
                }
            measured.stop()
            data = measured.get_data()
            for path in data.measured_files():
                for line, names in data.contexts_by_lineno(path).items():
                    for name in filter(None, names):
                        tests[name]["lines"].setdefault(path, []).append(line)
            output.write_text(json.dumps({"modules": list(sys.modules), "tests": tests}))
        shutil.rmtree(folder)

    def _run_all(
        self, mutants: Iterable[Mutant], tests: dict[str, Any], live: Any, folder: Path
    ) -> None:
        """Run mutants, and write the result of each."""
        covering: dict[tuple[str, int], set[str]] = defaultdict(set)
        for name, test in tests.items():
            for path, lines in test["lines"].items():
                for line in lines:
                    covering[path, line].add(name)
        sizes = {name: sum(map(len, test["lines"].values())) for name, test in tests.items()}
        starting = {name for name, test in tests.items() if test["starts"]}
        showing_defaults = {name for name in tests if name.startswith("tests/interface/")}
        kills: dict[tuple[Path, str], dict[str, int]] = defaultdict(dict)
        items = self._items

        for mutant in mutants:
            covered_by = set().union(*(covering[str(mutant.path), line] for line in mutant.lines))
            if mutant.is_default:
                covered_by |= showing_defaults
            killers = kills[mutant.path, mutant.function]
            relevance = _relevance(covering, sizes, mutant)
            chosen = sorted(
                covered_by or starting,
                key=lambda name: (
                    _slow(items[name]),
                    name != self._killers.get(mutant.name),
                    -killers.get(name, 0),
                    -relevance[name] / (tests[name]["cost"] + 0.02),
                ),
            )
            costs = accumulate(tests[name]["cost"] for name in chosen)
            chosen = [name for name, cost in zip(chosen, costs, strict=True) if cost < self._limit]
            begun, cost = time.monotonic(), sum(os.times()[2:4])
            result, by = _outcome(
                partial(put, mutant, live, folder),
                [
                    (items[name], TIMEOUT + TIMEOUT_FACTOR * tests[name]["seconds"])
                    for name in chosen
                ],
                folder,
            )
            if by:
                killers[by] = max(killers.values(), default=0) + 1
            record = {
                "name": mutant.name,
                "result": result,
                "by": by,
                "quick": by is not None and not _slow(items[by]),
                "covered": bool(covered_by),
                "tests": len(chosen),
                "cost": round(sum(os.times()[2:4]) - cost, 2),
                "seconds": round(time.monotonic() - begun, 2),
            }
            with self._results.open("a") as results:
                results.write(json.dumps(record) + "\n")


def _relevance(
    covering: dict[tuple[str, int], set[str]], sizes: dict[str, int], mutant: Mutant
) -> dict[str, float]:
    """Return how much each test is about the function of a mutant.

    It covers lines of the function that few others cover, or little else.
    """
    found: dict[str, float] = defaultdict(float)
    for line in mutant.span:
        names = covering.get((str(mutant.path), line), ())
        for name in names:
            found[name] += 1 / len(names) + 1 / sizes[name]
    return found


def _recorded(folder: Path) -> dict[str, list[int]]:
    """Return the lines that ended processes have recorded, by file, and delete the records."""
    lines: dict[str, list[int]] = defaultdict(list)
    for recorded in folder.iterdir():
        for path, numbers in json.loads(recorded.read_text()).items():
            lines[path] += numbers
        recorded.unlink()
    return lines


def _slow(item: pytest.Item) -> bool:
    """Return whether `make quick` leaves a test out."""
    return item.get_closest_marker("slow") is not None


def _with_next(items: list[pytest.Item]) -> Iterable[tuple[pytest.Item, pytest.Item | None]]:
    """Return each test with the next one, whose fixtures pytest then keeps."""
    return zip(items, [*items[1:], None], strict=True)


def _passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    """Run a test, and return whether it passes."""
    before = item.session.testsfailed
    try:
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
    except BaseException:  # noqa: BLE001 - a mutant may raise anything
        return False
    return item.session.testsfailed == before


def _fork(work: Callable[[], object]) -> int:
    """Run a function in a fork, and return the process id."""
    process = os.fork()
    if not process:
        code = 1
        try:
            work()
            code = 0
        finally:
            if code:
                traceback.print_exc()
            os._exit(code)
    return process


def _outcome(
    put_mutant: Callable[[], None], tests: list[tuple[pytest.Item, float]], folder: Path
) -> tuple[str, str | None]:
    """Return the result of a mutant, and the test that killed it."""
    result = "survived"
    while tests:
        result, number = _try(put_mutant, tests, folder)
        if result not in {"killed", "timeout"}:
            break
        if result == "timeout":
            return result, tests[number][0].nodeid
        # On a busy machine a test may fail by chance, but rarely twice.
        result, _ = _try(put_mutant, [tests[number]], folder)
        if result != "survived":
            return result, tests[number][0].nodeid
        tests = tests[number + 1 :]
    return result, None


def _try(
    put_mutant: Callable[[], None], tests: list[tuple[pytest.Item, float]], folder: Path
) -> tuple[str, int]:
    """Run tests with a mutant until one fails; return the result and the last test's number."""
    with mmap.mmap(-1, 8) as shared, tempfile.TemporaryDirectory(dir=folder) as temporary:

        def run() -> None:
            os.setpgid(0, 0)
            gc.freeze()
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            os.environ |= {"TMPDIR": temporary, "PYTEST_DEBUG_TEMPROOT": temporary}
            tempfile.tempdir = None
            try:
                put_mutant()
            except ValueError:  # the mutant uses other variables of its enclosing functions
                os._exit(3)
            items = _with_next([test for test, _ in tests])
            for number, (item, (_, limit)) in enumerate(zip(items, tests, strict=True)):
                shared[:8] = struct.pack("q", number)
                signal.setitimer(signal.ITIMER_REAL, limit)
                if not _passes(*item):
                    os._exit(2)

        process = _fork(run)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        with suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)
        assert status != 1, "the measurement itself failed: see the traceback above"
        results = {0: "survived", 3: "impossible", -signal.SIGALRM: "timeout"}
        return results.get(status, "killed"), struct.unpack("q", shared[:8])[0]
