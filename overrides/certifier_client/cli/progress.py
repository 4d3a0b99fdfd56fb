"""How far a run has come: a bar on a terminal, a line now and then elsewhere."""

import os
import sys
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import get_args

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from certifier_client.bulk.change import Kind, Outcome, is_fatal
from certifier_client.cli import output
from certifier_client.rate_limiter import AdaptiveRateLimiter

_SECONDS = 5  # between plain lines
_WORDS = {
    "done": "done before",
    "blocked": "blocked by an earlier failure",
    "unsent": "not sent",
}


class Announcing(AdaptiveRateLimiter):
    """A rate limiter that reports the waits that the service asks for."""

    _until = 0.0  # when a wait that was reported is over

    async def on_throttled(self, retry_after: float | None) -> None:
        """Report a wait that somebody may wonder about, once for those in flight together."""
        until = time.monotonic() + (retry_after or 0.0)
        if retry_after and retry_after > _SECONDS and until > self._until + 1:
            self._until = until
            output.say(f"too many requests: the service asks to wait {retry_after:.0f} seconds")
        await super().on_throttled(retry_after)


class Progressing:
    """Counts outcomes, and shows how many there are of how many."""

    def __init__(self, total: int) -> None:
        self.counts: Counter[str] = Counter()
        self.problems = 0
        self.total = total
        self._reported = time.monotonic()
        is_terminal = bool(sys.stderr and sys.stderr.isatty() and os.environ.get("TERM") != "dumb")
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(file=sys.stderr, force_terminal=is_terminal),
            disable=not is_terminal,
        )
        self._task = self._bar.add_task("updating", total=total)

    @contextmanager
    def shown(self) -> Generator[None]:
        """Show it for as long as the block."""
        with self._bar:
            yield

    def outcome(self, outcome: Outcome) -> None:
        """Count an outcome, and report one that is not what was asked for."""
        self.counts[outcome.kind] += 1
        if outcome.kind != "unsent":
            self._bar.advance(self._task)
        head = f"{outcome.number}: {output.safe(str(outcome.change.get('id')))}"
        self.problems += len(outcome.problems)
        for problem in outcome.problems:
            output.say(f"{head}: not restored: {output.safe(problem)}")
        # What ends the run is reported once, at its end.
        if outcome.error and not outcome.problems and not is_fatal(outcome.error):
            output.say(f"{head}: {outcome.kind}: {output.safe(str(outcome.error))}")
        if self._bar.disable and time.monotonic() - self._reported > _SECONDS:
            self._reported = time.monotonic()
            output.say(f"{self.settled} of {self.total}: {self.summary()}")

    @property
    def settled(self) -> int:
        """How many outcomes there are of what was sent or need not be."""
        return self.counts.total() - self.counts["unsent"]

    def summary(self) -> str:
        """Return the counts in words, in the order of the kinds: what was applied comes first."""
        counts = {**self.counts, "unsent": self.total - self.settled}
        kinds = [kind for kind in get_args(Kind) if counts.get(kind)]
        return ", ".join(f"{counts[kind]} {_WORDS.get(kind, kind)}" for kind in kinds)
