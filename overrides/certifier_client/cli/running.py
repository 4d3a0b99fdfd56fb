"""Running the updates of a command, with a summary and an exit code."""

import os
import signal
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import attrs
import typer

from certifier_client import errors
from certifier_client.bulk.change import Outcome
from certifier_client.bulk.updates import Updates
from certifier_client.cli import output
from certifier_client.cli.exit_codes import Exit, code_of
from certifier_client.cli.progress import Progressing

Record = Callable[[Outcome], None]


@attrs.frozen
class Words:
    """The words with which a command describes a run.

    Attributes:
        total: the number of outcomes.
        again: how to continue.
        journal: the path of the journal, if there is one.
        rejected: what to do about rejected changes.
        what: the noun for the things that are counted.
        doing: the label of the progress bar.

    """

    total: int
    again: str
    journal: Path | None
    rejected: str
    what: str = "change"
    doing: str = "updating"


def run(updates: Updates, words: Words, recording: AbstractContextManager[Record]) -> NoReturn:
    """Make the updates, report the outcomes, and end with the exit code."""
    progress = Progressing(words.total, words.doing)
    ended: errors.CertifierError | None = None
    with stopping(updates, words.again) as signals:
        try:
            with recording as record, progress.bar:
                for outcome in updates:
                    progress.outcome(outcome)
                    record(outcome)
        except errors.CertifierError as error:
            ended = error
        except OSError as error:
            ended = errors.InputError(f"the report cannot be written: {error.strerror}")
        _end(progress, words, ended, is_interrupted=bool(signals))


def _end(
    progress: Progressing,
    words: Words,
    ended: errors.CertifierError | None,
    *,
    is_interrupted: bool,
) -> NoReturn:
    counts = progress.counts
    output.say(f"{output.count(words.total, words.what)}: {progress.summary()}")
    if words.journal and words.journal.exists():
        output.say(f"journal: {output.safe(str(words.journal))}")
    if ended:
        output.fail(ended, *[words.again] * bool(progress.settled))
        code = code_of(ended)
        raise typer.Exit(Exit.PARTIAL if code == Exit.USAGE and progress.settled else code)
    good = counts["applied"] + counts["done"] + counts["restored"]
    if is_interrupted and good + counts["rejected"] < words.total:
        output.say(f"stopped: {words.again}")
        raise typer.Exit(Exit.INTERRUPTED)
    if counts["done"] == words.total:
        output.say("nothing was sent: to make the changes again, name another journal")
    if counts["rejected"]:
        output.say(words.rejected)
    if counts["failed"]:
        output.say(f"what failed may succeed the next time: {words.again}")
    is_whole = good == words.total and not progress.has_problems
    raise typer.Exit(Exit.OK if is_whole else Exit.PARTIAL)


@contextmanager
def stopping(updates: Updates, again: str) -> Generator[list[int]]:
    """Let Ctrl-C or SIGTERM stop the run after the requests in flight, and a second one at once."""
    signals: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        if signals:  # the journal has recorded what was in flight
            os._exit(Exit.INTERRUPTED)
        signals.append(number)
        updates.stop()
        # Not print(), which may just be printing another line.
        line = (
            f"\nstopping: waiting for the requests in flight; Ctrl-C again ends at once; {again}\n"
        )
        os.write(2, line.encode())

    # A signal that was ignored, as in a background job, stays ignored.
    numbers = [
        number
        for number in (signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(number) is not signal.SIG_IGN
    ]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
