"""Restoring templates as they were before the changes that a journal knows of."""

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from certifier_client import errors
from certifier_client.bulk.apply import is_fatal, kind_of
from certifier_client.bulk.change import Change, Outcome, PlannedChange
from certifier_client.bulk.fields import FIELDS
from certifier_client.bulk.journal import Changed, Journal, JournalFile
from certifier_client.bulk.run import Run
from certifier_client.bulk.worker import StoppedError, Worker, check

if TYPE_CHECKING:
    from certifier_client import AsyncCertifier, Certifier


class Undo:
    """A Job: restore each template that was changed, or may have been, by one request."""

    def __init__(self, client: "Certifier | AsyncCertifier", journal: JournalFile) -> None:
        self._client = client
        self._file = journal
        self._journal: Journal | None = None

    def open(self) -> None:
        """Open the journal."""
        self._journal = self._file.open()

    def close(self) -> None:
        """Release it."""
        if self._journal:
            self._journal.close()

    @property
    def journal(self) -> Journal:
        """The journal, once it is open."""
        assert self._journal  # noqa: S101 - for the type checkers
        return self._journal

    def items(self) -> Iterator[PlannedChange]:
        """Return what restores each template, as far as the API can."""
        return (_restoring(self._client, changed) for changed in self.journal.changed())

    async def settle(self, run: Run, worker: Worker, item: PlannedChange) -> Outcome:
        """Restore a template, as far as the API can."""
        change = item.change
        if len(change) == 1:
            error = errors.InputError("; ".join(item.problems))
            return Outcome(item.number, change, "rejected", error=error, problems=item.problems)
        try:
            template = await worker.update(
                change,
                lambda: self.journal.undo_begins(change),
                lambda error: self.journal.undo_ends(change, error, whole=True),
            )
        except StoppedError as error:
            if not error.attempts:
                return Outcome(item.number, change, "unsent", problems=item.problems)
            return await self._failed(run, item, change, error)
        except errors.CertifierError as error:
            return await self._failed(run, item, change, error)
        await self._record(run, item, change, None)
        return Outcome(item.number, change, "restored", template, problems=item.problems)

    async def _failed(
        self, run: Run, item: PlannedChange, change: Change, error: errors.CertifierError
    ) -> Outcome:
        if is_fatal(error):
            run.fail(error)
        if not isinstance(error, errors.JournalError):
            await self._record(run, item, change, error)
        return Outcome(item.number, change, kind_of(error), error=error, problems=item.problems)

    async def _record(
        self, run: Run, item: PlannedChange, change: Change, error: errors.CertifierError | None
    ) -> None:
        try:
            whole = not item.problems
            await run.mode.call(
                functools.partial(self.journal.undo_ends, change, error, whole=whole)
            )
        except errors.JournalError as also:
            run.fail(also)


def _restoring(client: "Certifier | AsyncCertifier", changed: Changed) -> PlannedChange:
    change: dict[str, Any] = {"id": changed.id}
    problems: list[str] = []
    if changed.before is None:
        problems.append("it was changed without a snapshot, so that nobody knows how it was")
    for field in FIELDS:
        if changed.before is not None and field.name in changed.names:
            value = changed.before.get(field.wire_name)
            if problem := _problem(client, changed.id, field.name, value):
                problems.append(f"{field.name}: {problem}")
            else:
                change[field.name] = value
    return PlannedChange(changed.number, cast("Change", change), tuple(problems))


def _problem(
    client: "Certifier | AsyncCertifier", template_id: str, name: str, value: object
) -> str | None:
    """Return why a field cannot be set to the value that it had."""
    if value in (None, "", []):
        return "it was empty, and the API cannot empty a field"
    try:
        check(client, cast("Change", {"id": template_id, name: value}))
    except errors.InputError as error:
        return f"as it was, an update does not take it: {error}"
    return None
