"""Measure the daily commands in a fresh clone of the last commit: `make bench-suite`.

It takes about twelve minutes on an idle machine, and writes build/figures/suite.json: how long
`make demo` takes from scratch, and how many packages it installs; how long `make quick` and
`make test` take once their tools are installed; and how many of three runs of `make test` pass
next to four busy loops. The last of these ignores SIGINT.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUSY_LOOPS, BUSY_RUNS = 4, 3
# A fresh clone has neither this environment nor make's variables.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("MAKE", "MFLAGS", "VENV", "PYTEST"))
} | {"PATH": os.environ["PATH"].replace(f"{ROOT}/.venv/bin:", "")}


def make(tasks: str, folder: Path, *, sigint_ignored: bool = False) -> tuple[float, str]:
    """Run tasks in a clone; return the seconds and the output, or raise CalledProcessError."""
    began = time.monotonic()
    command = ["make", *tasks.split()]
    ran = subprocess.run(
        command,
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
        # A shell starts background jobs like this.
        preexec_fn=(lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        if sigint_ignored
        else None,
    )
    return round(time.monotonic() - began, 1), ran.stdout


@contextmanager
def busy() -> Iterator[None]:
    """Keep the machine busy during a block."""
    loops = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BUSY_LOOPS)
    ]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def is_green(folder: Path, *, sigint_ignored: bool) -> bool:
    """Run all tests next to the busy loops; print the failures."""
    try:
        with busy():
            make("test", folder, sigint_ignored=sigint_ignored)
    except subprocess.CalledProcessError as failed:
        print(failed.stdout[-3000:], failed.stderr[-3000:], file=sys.stderr)
        return False
    return True


def main() -> None:
    """Measure, print and write the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "clone"
        clone = ["git", "clone", "--quiet", str(ROOT), str(folder)]
        subprocess.run(clone, check=True)
        demo_cold_s, _ = make("demo", folder)
        packages = [*folder.glob(".venv/lib/*/site-packages/*.dist-info")]
        make("quick", folder)  # compiles the installed packages
        quick_s, _ = make("quick", folder)
        make(".venv/.dist .venv/.docs .venv/.interface .venv/.types .venv/.node", folder)
        test_s, printed = make("test", folder)
        *_, tests = re.findall(r"(\d+) passed in", printed)
        green = [is_green(folder, sigint_ignored=run == BUSY_RUNS - 1) for run in range(BUSY_RUNS)]
    figures = {
        "demo_cold_s": demo_cold_s,
        "demo_packages": len(packages),
        "quick_s": quick_s,
        "test_s": test_s,
        "tests": int(tests),
        "busy_runs_green": sum(green),
    }
    path = ROOT / "build/figures/suite.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n")
    print(path.read_text(), end="")


if __name__ == "__main__":
    main()
