"""Measure what the command promises of a list of changes: `make bench-apply`.

Kills and resumes it, holds it to a rate limit, gives it 100,000 lines, and takes the disk away.
The figures go to build/figures/apply.json.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # a script finds only its own folder
from bulk.killing import COMMAND, Toll, environment, killed, seeded, write, wrong
from certifier_sandbox import Sandbox, running
from support import ROOT

FIGURES = ROOT / "build/figures/apply.json"
RUNS = int(os.environ.get("RUNS", "100"))
LIMIT = 20  # requests a second
PACED = 600  # changes
LINES = 100_000
# The system counts the memory that a process had before it became another one: this one has little.
_LAUNCH = """
import os, sys
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def killing(sandbox: Sandbox, folder: Path) -> dict[str, float]:
    """Kill a hundred runs."""
    toll = Toll()
    for toll in killed(sandbox, folder, RUNS, seed=1):
        if sys.stderr.isatty():
            print(f"\r{toll}", end="", file=sys.stderr)
    return {
        "kills": toll.kills,
        "lost": toll.lost,
        "wrong": toll.wrong,
        "extra_requests": toll.extra,
        "most_extra_after_one_kill": toll.most,
    }


def pacing(sandbox: Sandbox, folder: Path) -> dict[str, float]:
    """Hold 600 changes to 20 requests a second."""
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


def memory(folder: Path) -> dict[str, float]:
    """Give it a thousand lines, and a hundred thousand."""
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "speed/server.py")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout
    url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
    peaks: dict[str, float] = {}
    for name, lines in (("peak_mib_1k", 1_000), ("peak_mib_100k", LINES)):
        path = folder / f"{lines}.csv"
        path.write_text("id,name\n" + "01g90279gp5sbmfek7wymcsvec,Financial Markets\n" * lines)
        command = [*COMMAND, "apply", str(path)]
        told = {**os.environ, "CERTIFIER_BASE_URL": url, "CERTIFIER_ACCESS_TOKEN": "cfp_0123456789"}
        ran = subprocess.run(
            [sys.executable, "-c", _LAUNCH, *command],
            env=told,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
        )
        peaks[name] = round(int(ran.stdout) / 1024, 1)
    server.kill()
    server.communicate()
    return peaks


def disk(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """Put the journal on a disk that gets full, and go on when there is room."""
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
    """Leave the journal no folder to be written in."""
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
    """Measure, and tell."""
    with tempfile.TemporaryDirectory() as name, running() as sandbox:
        folder = Path(name)
        figures: dict[str, object] = {}
        for measured in (
            lambda: pacing(sandbox, folder),
            lambda: disk(sandbox, folder),
            lambda: read_only(sandbox, folder),
            lambda: killing(sandbox, folder),
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
