"""Applying changes, with a record of them in a journal."""

from collections.abc import Callable, Iterable, Iterator
from typing import cast

from certifier_client import errors
from certifier_client.bulk.change import Change, Kind, Outcome, PlannedChange, key_of
from certifier_client.bulk.journal import Journal
from certifier_client.bulk.run import Run
from certifier_client.bulk.worker import Worker
from certifier_client.errors import InputError


def copied(changes: Iterable[tuple[int, Change]]) -> Iterator[PlannedChange]:
    """Copy each change as it is read: the caller may reuse the dict."""
    return (PlannedChange(number, _copy(number, change)) for number, change in changes)


def _copy(number: int, change: object) -> Change:
    """Return a copy of a change; InputError if it is not a dict."""
    if not isinstance(change, dict):
        raise InputError(f"change {number} is a {type(change).__name__}: pass a dict")
    members = cast("dict[str, object]", change)
    return cast("Change", {name: _copy_of(value) for name, value in members.items()})


def _copy_of(value: object) -> object:
    return list(cast("list[object]", value)) if isinstance(value, list) else value


class Apply:
    """A Job: make the changes."""

    def __init__(
        self,
        changes: Iterable[tuple[int, Change]],
        open_journal: Callable[[], Journal] | None = None,
        *,
        snapshot: bool = False,
    ) -> None:
        if snapshot and open_journal is None:
            raise InputError("snapshot needs a journal to keep the snapshots in")
        self._changes = changes
        self._open_journal = open_journal
        self._snapshot = snapshot
        self._journal: Journal | None = None
        self._blocked: set[str] = set()

    def open(self) -> None:
        """Open the journal."""
        if self._open_journal:
            self._journal = self._open_journal()
            if self._snapshot:
                self._journal.take_snapshots()
            self._snapshot = self._journal.takes_snapshots

    def items(self) -> Iterator[PlannedChange]:
        """Return a copy of each change."""
        return copied(self._changes)

    def close(self) -> None:
        """Release the journal."""
        if self._journal:
            self._journal.close()

    async def settle(self, run: Run, worker: Worker, item: PlannedChange) -> Outcome:
        """Make a change, unless its outcome is known."""
        number, change, journal = item.number, item.change, self._journal
        final: Outcome | None = None
        if journal:
            final = await run.mode.call(journal.final, number, change)
        if final:
            return final
        if key_of(change) in self._blocked:
            return Outcome(number, change, "blocked")
        before = None
        if journal and self._snapshot and await run.mode.call(journal.needs_snapshot, change):
            before = (await worker.read(change["id"])).to_dict()

        def intend() -> None:
            if journal:
                journal.intend(number, change, before)

        template = await worker.update(
            change, intend, lambda error: self._conclude(item, "failed", error)
        )
        await run.record(self._conclude, item, "applied")
        return Outcome(number, change, "applied", template)

    def failed(self, item: PlannedChange, kind: Kind, error: errors.CertifierError) -> None:
        """Record a change that was not applied, and block the later ones of its template."""
        if kind == "failed":
            self._blocked.add(key_of(item.change))
        self._conclude(item, kind, error)

    def _conclude(
        self, item: PlannedChange, kind: Kind, error: errors.CertifierError | None = None
    ) -> None:
        if self._journal:
            self._journal.conclude(item.number, item.change, kind, error)
