"""Measure what the command promises of a list of changes: `make bench-apply`.

Runs 200 lists through kills, faults, copied journals, undos and resumes, and checks every report
against a model. Measures pacing under a rate limit, memory with 100,000 lines, and full and
read-only disks. The figures go to build/figures/apply.json.
"""

import contextlib
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

import attrs
from starlette.responses import Response

sys.path.insert(0, str(Path(__file__).parents[1]))  # a script finds only its own folder
from bulk.command import COMMAND
from bulk.histories import CHANGES, Figures, History
from bulk.lists import environment, seeded, write, wrong
from certifier_sandbox import Sandbox, running
from certifier_sandbox.injection import Injection
from support import ROOT

FIGURES = ROOT / "build/figures/apply.json"
RUNS = int(os.environ.get("RUNS", "200"))
LIMIT = 20  # requests a second
PACED = 600  # changes
LINES = 100_000
# Where a commit takes no time: what is measured is the command, and not the disk.
_FAST = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# The system counts the memory that a process had before it became another one: this one has little.
_LAUNCH = """
import os, sys
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def histories(folder: Path) -> dict[str, int]:
    """Run many histories, and add up their figures."""
    figures = Counter[str]()
    most_extra = 0
    # Each process waits for commands most of the time.
    with ProcessPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        for found in pool.map(history, [folder] * RUNS, range(RUNS)):
            for note in found.pop("notes"):
                print(note, flush=True)
            most_extra = max(most_extra, found.pop("most_extra"))
            figures += found
            if sys.stderr.isatty():
                print(f"\r{figures['histories']} histories", end="", file=sys.stderr)
    names = ("histories", "kills", "lost", "wrong", "untrue_reports")
    return {name: figures[name] for name in names} | {"most_extra_after_one_kill": most_extra}


def history(folder: Path, seed: int) -> dict[str, Any]:
    """Run one history, on its own server."""
    figures = Figures()
    own = folder / str(seed)
    own.mkdir()
    with running() as sandbox:
        History(sandbox, own, seed, figures, CHANGES).run()
    shutil.rmtree(own)
    return attrs.asdict(figures)


def pacing(sandbox: Sandbox, folder: Path) -> dict[str, float]:
    """Apply 600 changes under a limit of 20 requests a second."""
    ids = seeded(sandbox, 100)
    sandbox.limit(LIMIT)
    path = folder / "paced.csv"
    write(path, ids, PACED, random.Random(1))
    command = [*COMMAND, "apply", str(path), "--rate", str(LIMIT), "--workers", "8"]
    began = time.monotonic()
    subprocess.run(command, env=environment(sandbox), capture_output=True, check=True)
    seconds = time.monotonic() - began
    statuses = [request.status for request in sandbox.requests]
    return {
        "paced_ratio": round(seconds / (PACED / LIMIT), 3),
        "throttled_share": round(statuses.count(429) / len(statuses), 4),
    }


def pacing_retries(sandbox: Sandbox, folder: Path) -> dict[str, float]:
    """Fail every tenth request, and look for a second with more than 20."""
    ids = seeded(sandbox, 100)
    path = folder / "failing.csv"
    write(path, ids, PACED // 2, random.Random(2))
    command = [*COMMAND, "apply", str(path), "--rate", str(LIMIT), "--workers", "8", "--no-journal"]
    with failing_every(sandbox, 10):
        subprocess.run(command, env=environment(sandbox), capture_output=True, check=False)
    times = [datetime.fromisoformat(request.time) for request in sandbox.requests]
    most = max(
        sum(0 <= (other - time).total_seconds() < 1 for other in times[position:][: 2 * LIMIT])
        for position, time in enumerate(times)
    )
    return {"most_in_a_second": most, "failed_requests": len(times) // 10}


@contextlib.contextmanager
def failing_every(sandbox: Sandbox, number: int) -> Iterator[None]:
    """Have the sandbox respond with 503 to every `number`-th request."""
    injections, came = sandbox._state.injections, itertools.count(1)
    failure = Injection(0, lambda: Response(status_code=503))

    def following() -> Injection | None:
        return None if next(came) % number else failure

    with mock.patch.object(injections, "next", following):
        yield


def memory(folder: Path) -> dict[str, float]:
    """Apply and undo a thousand lines, and a hundred thousand."""
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "speed/constant_server.py")],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        peaks: dict[str, float] = {}
        for name, lines in (("1k", 1_000), ("100k", LINES)):
            path = folder / f"{lines}.csv"
            path.write_text("id,name\n" + "01g90279gp5sbmfek7wymcsvec,Financial Markets\n" * lines)
            peaks[f"peak_mib_{name}"] = peak(url, "apply", str(path), "--snapshot")
            peaks[f"undo_peak_mib_{name}"] = peak(url, "undo", f"{path}.journal")
        server.kill()
    return peaks


def peak(url: str, *arguments: str) -> float:
    """Return the peak memory of a command."""
    variables = {"CERTIFIER_BASE_URL": url, "CERTIFIER_ACCESS_TOKEN": "cfp_0123456789"}
    ran = subprocess.run(
        [sys.executable, "-c", _LAUNCH, *COMMAND, *arguments],
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return round(int(ran.stdout) / 1024, 1)


def disk(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """Put the journal on a disk that fills up, and continue when there is room."""
    mount = shutil.which("unshare")
    if not mount:
        return {"full_disk": "not measured: there is no unshare to mount a small disk with"}
    ids = seeded(sandbox, 100)
    path = folder / "disk.csv"
    expected = write(path, ids, 2_000, random.Random(1))
    small = folder / "small"
    small.mkdir()
    apply = f"{sys.executable} -m certifier_client apply {path} --journal {small}/journal"
    script = (
        f"mount -t tmpfs -o size=100k none {small} && ({apply}; echo ended $?; "
        f"mount -o remount,size=10m {small} && {apply}; echo ended $?)"
    )
    ran = subprocess.run(
        [mount, "--map-root-user", "--mount", "sh", "-c", script],
        env=environment(sandbox),
        capture_output=True,
        text=True,
        check=False,
    )
    codes = [line.split()[1] for line in ran.stdout.splitlines() if line.startswith("ended")]
    if not codes:
        return {"full_disk": f"not measured: {ran.stderr.strip()}"}
    said = next((line for line in ran.stderr.splitlines() if "error:" in line), "nothing")
    return {
        "full_disk": f"exit codes {' then '.join(codes)}, {wrong(sandbox, expected)} wrong; {said}"
    }


def read_only(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """Put the journal into a read-only folder."""
    mount = shutil.which("unshare")
    if not mount:
        return {"read_only_folder": "not measured: there is no unshare to mount one with"}
    ids = seeded(sandbox, 3)
    fixed = folder / "fixed"
    fixed.mkdir()
    write(fixed / "changes.csv", ids, 3, random.Random(1))
    apply = f"{sys.executable} -m certifier_client apply {fixed}/changes.csv"
    script = (
        f"mount --bind {fixed} {fixed} && mount -o remount,ro,bind {fixed} && ({apply}; echo $?)"
    )
    ran = subprocess.run(
        [mount, "--map-root-user", "--mount", "sh", "-c", script],
        env=environment(sandbox),
        capture_output=True,
        text=True,
        check=False,
    )
    if not ran.stdout:
        return {"read_only_folder": f"not measured: {ran.stderr.strip()}"}
    sent = len(sandbox.requests)
    said = ran.stderr.strip()
    return {"read_only_folder": f"exit code {ran.stdout.strip()}, {sent} requests; {said}"}


def main() -> None:
    """Measure, print and write the figures."""
    with tempfile.TemporaryDirectory(dir=_FAST) as name, running() as sandbox:
        folder = Path(name)
        figures: dict[str, object] = {}
        for measured in (
            lambda: pacing(sandbox, folder),
            lambda: pacing_retries(sandbox, folder),
            lambda: disk(sandbox, folder),
            lambda: read_only(sandbox, folder),
            lambda: histories(folder),
            lambda: memory(folder),
        ):
            found = measured()
            figures |= found
            for figure, value in found.items():
                print(f"{figure}: {value}", flush=True)
    FIGURES.parent.mkdir(parents=True, exist_ok=True)
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
