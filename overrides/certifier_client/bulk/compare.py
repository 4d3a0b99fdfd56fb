"""Comparing changes with the templates as they are."""

from collections.abc import Iterable, Iterator

import attrs

from certifier_client import errors
from certifier_client.bulk.apply import copied, is_fatal, kind_of
from certifier_client.bulk.change import Change, Outcome, PlannedChange
from certifier_client.bulk.run import Run
from certifier_client.bulk.worker import StoppedError, Worker, check


class Compare:
    """A Job: read the template of each change, and change nothing."""

    def __init__(self, changes: Iterable[tuple[int, Change]]) -> None:
        self._changes = changes

    def open(self) -> None:
        """Do nothing."""

    def items(self) -> Iterator[PlannedChange]:
        """Return each change as it is when it is read."""
        return copied(self._changes)

    def close(self) -> None:
        """Do nothing."""

    async def settle(self, run: Run, worker: Worker, item: PlannedChange) -> Outcome:
        """Compare one."""
        number, change = item.number, item.change
        try:
            check(worker.client, change)
        except errors.InputError as error:
            return Outcome(number, change, "rejected", error=error)
        try:
            outcome = Outcome(number, change, "same", await worker.read(change["id"]))
        except StoppedError:
            return Outcome(number, change, "unsent")
        except errors.CertifierError as error:
            if is_fatal(error):
                run.fail(error)
            return Outcome(number, change, kind_of(error), error=error)
        return attrs.evolve(outcome, kind="different") if outcome.differences else outcome
