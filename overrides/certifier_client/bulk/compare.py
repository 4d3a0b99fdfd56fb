"""Comparing changes with the current templates."""

from collections.abc import Iterable, Iterator

import attrs

from certifier_client import errors
from certifier_client.bulk.apply import copied
from certifier_client.bulk.change import Change, Kind, Outcome, PlannedChange
from certifier_client.bulk.run import Run
from certifier_client.bulk.worker import Worker


class Compare:
    """A Job: read the template of each change, and change nothing."""

    def __init__(self, changes: Iterable[tuple[int, Change]]) -> None:
        self._changes = changes

    def open(self) -> None:
        """Do nothing."""

    def items(self) -> Iterator[PlannedChange]:
        """Return a copy of each change."""
        return copied(self._changes)

    def close(self) -> None:
        """Do nothing."""

    async def settle(self, run: Run, worker: Worker, item: PlannedChange) -> Outcome:
        """Compare one."""
        del run
        template = await worker.read(item.change["id"])
        outcome = Outcome(item.number, item.change, "same", template)
        return attrs.evolve(outcome, kind="different") if outcome.differences else outcome

    def failed(self, item: PlannedChange, kind: Kind, error: errors.CertifierError) -> None:
        """Do nothing: a comparison has no journal."""
