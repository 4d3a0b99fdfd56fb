"""Measure which named faults `make contract BASE_URL=…` notices: `make measure-contract`.

It must not fail on the correct service, nor on one that decided otherwise what the page leaves
open: those are alarms. A fault is noticed if the exit code is not 0. Names as arguments run only
these, and print what the command said; the figures are those of a whole run.
"""

import io
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[2]))  # a script finds only its own folder
from contract.independent.catalogue import CHOICES, FAULTS
from contract.independent.service import (
    FREE_TEMPLATE,
    FREE_TOKEN,
    SIBLING,
    TEMPLATE,
    TOKEN,
    Service,
)
from contract.independent.serving import serving
from contract.live import __main__ as live
from support import ROOT

CORRECT = "the correct service"
DUE = 0.85
# Requests a second: the service takes more than the command sends, apart from its burst.
RATE, LIMIT = 5, 6
SETTINGS = {
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

# Checks a service, with rows whose names match a pattern and other settings; returns the exit code
# and the output.
Check = Callable[..., tuple[int, str]]


class Clock:
    """The clock of the command and of the service: it goes on only while the command waits."""

    seconds = 0.0

    def monotonic(self) -> float:
        """Return how long the command has waited."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Go on."""
        self.seconds += seconds

    def now(self) -> datetime:
        """Return the time of the service."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)


@contextmanager
def checking() -> Iterator[Check]:
    """Give a function that runs the command in this process."""
    with serving(Service()) as server:

        def check(service: type[Service], rows: str = "", **others: str) -> tuple[int, str]:
            clock = Clock()
            server.service = service(LIMIT, clock.now)
            settings = SETTINGS | {"BASE_URL": server.url, "ONLY": rows} | others
            said = io.StringIO()
            with mock.patch("contract.live.other_server.time", clock), redirect_stdout(said):
                return live.main(settings), said.getvalue()

        yield check


def main() -> None:
    """Run the command against each service, and write the figures."""
    started = time.monotonic()
    with checking() as check:
        if names := sys.argv[1:]:
            for name in names:
                code, output = check((FAULTS | CHOICES)[name].service)
                say(f"{name}: {code}\n{output}")
            return
        code, output = check(Service)
        if code != 0:
            sys.exit(f"{output}\nThe command fails on {CORRECT}: {code}")
        alarms = [choice for choice in CHOICES.values() if check(choice.service)[0]]
        codes = {fault.name: check(fault.service)[0] for fault in FAULTS.values()}
    missed = [fault for fault in FAULTS.values() if not codes[fault.name]]
    figures = {
        "faults": len(FAULTS),
        "noticed": len(FAULTS) - len(missed),
        "alarms": len(alarms),
        "share": round(1 - len(missed) / len(FAULTS), 3),
        "seconds": round(time.monotonic() - started),
    }
    say(*(f"not noticed: {fault.name}: {fault.sentence}" for fault in missed))
    say(*(f"alarm: {choice.name}: {choice.sentence}" for choice in alarms))
    say(f"exit codes: {dict(Counter(codes.values()))}")
    path = ROOT / "build/figures/live.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n")
    say(path.read_text())
    sys.exit(bool(alarms) or figures["share"] < DUE)


def say(*lines: str) -> None:
    """Print lines."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main()
