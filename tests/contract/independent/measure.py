"""Measure which named faults `make contract BASE_URL=…` notices: `make measure-contract`.

It must not fail on the correct service, nor on one that decided otherwise what the page leaves
open: those are alarms. A fault is noticed if the command fails. Names as arguments run only these,
and print what the command said; the figures are those of a whole run.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # a script finds only its own folder
from contract.independent.catalogue import CHOICES, FAULTS
from contract.independent.service import FREE_TEMPLATE, FREE_TOKEN, SIBLING, TEMPLATE, TOKEN
from support import ROOT

CORRECT = "the correct service"
DUE = 0.85
# Requests a second: the service takes more than the command sends, apart from its burst.
RATE, LIMIT = 50, 60
# Runs at a time, most of which wait for their turn.
RUNS = 6


def main() -> None:
    """Run the command against each service, some at a time, and write the figures."""
    started = time.monotonic()
    with ThreadPoolExecutor(RUNS) as pool:
        if names := sys.argv[1:]:
            for name, (code, output) in zip(names, pool.map(run, names), strict=True):
                say(f"{name}: {code}\n{output}")
            return
        code, output = run("")
        if code != 0:
            sys.exit(f"{output}\nThe command fails on {CORRECT}: {code}")
        alarms = [
            name for name, (code, _) in zip(CHOICES, pool.map(run, CHOICES), strict=True) if code
        ]
        codes = [code for code, _ in pool.map(run, FAULTS)]
    missed = [name for name, code in zip(FAULTS, codes, strict=True) if not code]
    figures = {
        "faults": len(FAULTS),
        "noticed": len(FAULTS) - len(missed),
        "alarms": len(alarms),
        "share": round(1 - len(missed) / len(FAULTS), 3),
        "seconds": round(time.monotonic() - started),
    }
    say(*(f"not noticed: {name}: {FAULTS[name].sentence}" for name in missed))
    say(*(f"alarm: {name}: {CHOICES[name].sentence}" for name in alarms))
    say(f"exit codes: {dict(Counter(codes))}")
    path = ROOT / "build/figures/live.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n")
    say(path.read_text())
    sys.exit(bool(alarms) or figures["share"] < DUE)


def run(name: str) -> tuple[int, str]:
    """Start a service, run the command against it, and return its exit code and output."""
    command = [sys.executable, str(Path(__file__).parent), f"--rate-limit={LIMIT}"]
    command += [f"--fault={name}"] if name else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        settings = {
            "BASE_URL": service.stdout.readline().strip(),
            "ACCESS_TOKEN": TOKEN,
            "TEMPLATE_ID": TEMPLATE,
            "CONFIRM": "yes",
            "RATE": str(RATE),
            "RATE_LIMIT": "yes",
            "OTHER_TEMPLATE_ID": SIBLING,
            "SECOND_ACCESS_TOKEN": FREE_TOKEN,
            "SECOND_TEMPLATE_ID": FREE_TEMPLATE,
            "PREMIUM": "yes",
            "SECOND_PREMIUM": "no",
        }
        try:
            done = subprocess.run(
                [sys.executable, str(ROOT / "tests/contract/live")],
                env=os.environ | settings,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            service.terminate()
    return done.returncode, done.stdout + done.stderr


def say(*lines: str) -> None:
    """Print lines."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main()
