"""Restoring templates to their state before the changes of a journal."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

from certifier_client import errors
from certifier_client.bulk.change import Change, Kind, Outcome, PlannedChange
from certifier_client.bulk.fields import FIELDS
from certifier_client.bulk.journal import Changed, Journal
from certifier_client.bulk.run import Run
from certifier_client.bulk.worker import Worker, check

if TYPE_CHECKING:
    from certifier_client import AsyncCertifier, Certifier


class Undo:
    """A Job: restore each template that was changed, or may have been, by one request."""

    def __init__(
        self, client: "Certifier | AsyncCertifier", open_journal: Callable[[], Journal]
    ) -> None:
        self._client = client
        self._open_journal = open_journal
        self._journal: Journal | None = None

    def open(self) -> None:
        """Open the journal."""
        self._journal = self._open_journal()

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
        """Return the change that restores each template, as far as the API can."""
        return (_restoring(self._client, changed) for changed in self.journal.changed())

    async def settle(self, run: Run, worker: Worker, item: PlannedChange) -> Outcome:
        """Restore a template, as far as the API can."""
        if len(item.change) == 1:
            error = errors.InputError("; ".join(item.problems))
            return Outcome(item.number, item.change, "rejected", None, error, item.problems)
        template = await worker.update(
            item.change,
            lambda: self.journal.undo_begins(item.change),
            lambda error: self.journal.undo_ends(item.change, error),
        )
        await run.record(self.journal.undo_ends, item.change, None, not item.problems)
        return Outcome(item.number, item.change, "restored", template, problems=item.problems)

    def failed(self, item: PlannedChange, kind: Kind, error: errors.CertifierError) -> None:
        """Record that a template was not restored, or may not have been."""
        del kind
        self.journal.undo_ends(item.change, error)


def _restoring(client: "Certifier | AsyncCertifier", changed: Changed) -> PlannedChange:
    change: dict[str, Any] = {"id": changed.id}
    problems: list[str] = []
    if changed.before is None:
        problems.append("it was changed without a snapshot, so its earlier state is unknown")
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
        return "it was empty, and the API cannot clear a field"
    try:
        check(client, cast("Change", {"id": template_id, name: value}))
    except errors.InputError as error:
        return f"an update would reject its earlier value: {error}"
    return None
