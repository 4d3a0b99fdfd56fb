"""Progress: a bar on a terminal, a line every few seconds elsewhere."""

import os
import sys
import time
from collections import Counter
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
    """A rate limiter that reports the waits requested by the service."""

    _until = 0.0  # the end of the last wait that was reported

    async def on_throttled(self, retry_after: float | None) -> None:
        """Report a long wait, once for all requests in flight."""
        if retry_after and retry_after > _SECONDS:
            until = time.monotonic() + retry_after
            if until > self._until + 1:
                self._until = until
                output.say(
                    f"too many requests: the service asks for a wait of {retry_after:.0f} seconds"
                )
        await super().on_throttled(retry_after)


class Progressing:
    """Counts outcomes, and shows the progress."""

    def __init__(self, total: int, doing: str) -> None:
        self.counts: Counter[str] = Counter()
        self.has_problems = False
        self.total = total
        self._reported = time.monotonic()
        is_terminal = bool(sys.stderr and sys.stderr.isatty() and os.environ.get("TERM") != "dumb")
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not is_terminal,
        )
        self._task = self.bar.add_task(doing, total=total)

    def outcome(self, outcome: Outcome) -> None:
        """Count an outcome, and report its problems."""
        self.counts[outcome.kind] += 1
        if outcome.kind != "unsent":
            self.bar.advance(self._task)
        head = f"{outcome.number}: {output.safe(str(outcome.change.get('id')))}"
        self.has_problems |= bool(outcome.problems)
        for problem in outcome.problems:
            output.say(f"{head}: not restored: {output.safe(problem)}")
        # An error that ends the run is reported once, at the end.
        if outcome.error and not outcome.problems and not is_fatal(outcome.error):
            output.say(f"{head}: {outcome.kind}: {output.safe(str(outcome.error))}")
        if self.bar.disable and time.monotonic() - self._reported > _SECONDS:
            self._reported = time.monotonic()
            output.say(f"{self.settled} of {self.total}: {self.summary()}")

    @property
    def settled(self) -> int:
        """The number of known outcomes, without unsent changes."""
        return self.counts.total() - self.counts["unsent"]

    def summary(self) -> str:
        """Return the counts in words, in the order of the kinds, with applied ones first."""
        counts = {**self.counts, "unsent": self.total - self.settled}
        kinds = [kind for kind in get_args(Kind) if counts.get(kind)]
        return ", ".join(f"{counts[kind]} {_WORDS.get(kind, kind)}" for kind in kinds)
