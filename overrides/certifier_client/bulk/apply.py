"""Applying changes, with a record of them in a journal."""

from collections.abc import Iterable, Iterator
from typing import cast

from certifier_client import errors
from certifier_client.bulk.change import Change, Kind, Outcome, PlannedChange, key_of
from certifier_client.bulk.journal import Journal, JournalFile
from certifier_client.bulk.run import Run
from certifier_client.bulk.worker import StoppedError, Worker, check
from certifier_client.errors import InputError

# Statuses of the class ClientError that may be others the next time.
_TRANSIENT = {408, 425, 429}
# What every other change would end in as well. An InputError of a change that was checked is about
# the configuration: an option, a file that it names, a variable of the environment.
_FATAL = (
    errors.ClosedError,
    errors.InputError,
    errors.JournalError,
    errors.PaymentRequiredError,
    errors.ProxyError,
    errors.TlsError,
    errors.UnauthorizedError,
)


def is_fatal(error: errors.CertifierError | None) -> bool:
    """Return whether an error that a request ended in ends the run."""
    return isinstance(error, _FATAL)


def kind_of(error: errors.CertifierError) -> Kind:
    """Return what an error that a request ended in makes of the change."""
    final = isinstance(error, errors.ClientError) and error.status not in _TRANSIENT
    return "rejected" if final and not is_fatal(error) else "failed"


def copied(changes: Iterable[tuple[int, Change]]) -> Iterator[PlannedChange]:
    """Return each change as it is when it is read: the caller may use the dict again."""
    return (PlannedChange(number, _copy(number, change)) for number, change in changes)


def _copy(number: int, change: object) -> Change:
    """Return a change as it is now, or raise InputError for what is not a dict."""
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
        journal: JournalFile | None = None,
        *,
        snapshot: bool = False,
    ) -> None:
        if snapshot and journal is None:
            raise InputError("snapshot needs a journal to keep the snapshots in")
        self._changes = changes
        self._file = journal
        self._snapshot = snapshot
        self._journal: Journal | None = None
        self._blocked: set[str] = set()

    def open(self) -> None:
        """Open the journal."""
        if self._file:
            self._journal = self._file.open()
            if self._snapshot:
                self._journal.take_snapshots()
            self._snapshot = self._journal.takes_snapshots

    def items(self) -> Iterator[PlannedChange]:
        """Return each change as it is when it is read."""
        return copied(self._changes)

    def close(self) -> None:
        """Release the journal."""
        if self._journal:
            self._journal.close()

    async def settle(self, run: Run, worker: Worker, item: PlannedChange) -> Outcome:
        """Make a change, unless it is known what comes of it."""
        number, change = item.number, item.change
        try:
            check(worker.client, change)
        except InputError as error:
            return Outcome(number, change, "rejected", error=error)
        try:
            return await self._known(run, item) or await self._send(run, worker, number, change)
        except StoppedError as error:
            if not error.attempts:
                return Outcome(number, change, "unsent")
            return await self._not_applied(run, number, change, error)
        except errors.CertifierError as error:
            return await self._not_applied(run, number, change, error)

    async def _known(self, run: Run, item: PlannedChange) -> Outcome | None:
        if self._journal:
            final: Outcome | None
            final = await run.mode.call(self._journal.final, item.number, item.change)
            if final:
                return final
        if key_of(item.change) in self._blocked:
            return Outcome(item.number, item.change, "blocked")
        return None

    async def _send(self, run: Run, worker: Worker, number: int, change: Change) -> Outcome:
        journal, before = self._journal, None
        if journal and self._snapshot and await run.mode.call(journal.needs_snapshot, change):
            before = (await worker.read(change["id"])).to_dict()

        def intend() -> None:
            if journal:
                journal.intend(number, change, before)

        def on_throttled(error: errors.CertifierError) -> None:
            if journal:
                journal.conclude(number, change, "failed", error)

        template = await worker.update(change, intend, on_throttled)
        if journal:
            try:
                await run.mode.call(journal.conclude, number, change, "applied")
            except errors.JournalError as error:
                run.fail(error)  # the change was applied all the same
        return Outcome(number, change, "applied", template)

    async def _not_applied(
        self, run: Run, number: int, change: Change, error: errors.CertifierError
    ) -> Outcome:
        kind = kind_of(error)
        if kind == "failed":
            self._blocked.add(key_of(change))
        if is_fatal(error):
            run.fail(error)
        if self._journal and not isinstance(error, errors.JournalError):
            try:
                await run.mode.call(self._journal.conclude, number, change, kind, error)
            except errors.JournalError as also:
                run.fail(also)
        return Outcome(number, change, kind, error=error)
