"""The stopwatch subtracts delays caused by the machine, and nothing else."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from stopwatch import Stopwatch, Thread
from support import ROOT, run


def test_sleep_is_not_delay() -> None:
    """A client that waits too long is late, even on a busy machine.

    This runs in a separate process, because the waits of other threads would count.
    """
    code = (
        "import time, stopwatch\n"
        "for _ in range(20):\n"
        "    with stopwatch.Stopwatch() as watch: time.sleep(0.01)\n"
        "    print(watch.seconds)"
    )
    watched = run(sys.executable, "-c", code, cwd=ROOT / "tests")
    # The machine may interrupt the stopwatch itself, which counts as delay.
    assert max(map(float, watched.stdout.split())) >= 0.01, watched.stderr


def compute() -> None:
    """Keep a processor busy for a while."""
    began = time.thread_time()
    while time.thread_time() - began < 0.05:
        pass


def compute_elsewhere() -> None:
    """Do the same in a thread, and wait for it."""
    thread = Thread(target=compute)
    thread.start()
    thread.join()


@pytest.mark.parametrize("work", [compute, compute_elsewhere])
def test_waiting_for_a_processor_is_delay(work: Callable[[], None]) -> None:
    """The delays of all threads count, even of ended ones; another process uses the processor."""
    allowed = os.sched_getaffinity(0)
    code = "print(flush=True)\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout
            other.stdout.readline()
            os.sched_setaffinity(other.pid, {min(allowed)})
            os.sched_setaffinity(0, {min(allowed)})
            with Stopwatch() as watch:
                work()
        finally:
            os.sched_setaffinity(0, allowed)
            other.kill()
    assert watch.delay > watch.elapsed / 4
