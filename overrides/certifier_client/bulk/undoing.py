"""Restore templates to their state before the changes of a journal."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

from certifier_client.bulk.change import Change, Kind, Outcome, PlannedChange
from certifier_client.bulk.jobs import Job, JournalPath, check, server_of
from certifier_client.bulk.journal import Changed, Journal
from certifier_client.errors import CertifierError, InputError
from certifier_client.models import CredentialTemplate
from certifier_client.operations import FIELDS

if TYPE_CHECKING:
    from certifier_client.bulk.jobs import Client


class Undo(Job):
    """Restores each template that was changed, or may have been, with one request."""

    kind = "restored"
    _opened: Journal

    def __init__(self, client: "Client", journal: JournalPath) -> None:
        super().__init__(())
        self._client = client
        self._path = journal

    def plan(self) -> Iterator[PlannedChange]:
        """Return the changes that restore the templates, without sending them."""
        self.open()
        with closing(self._opened):
            yield from self.items()

    def open(self) -> None:
        """Open the journal."""
        self.journal = self._opened = Journal(self._path, server_of(self._client))

    def items(self) -> Iterator[PlannedChange]:
        """Return the change that restores each template, as far as the API can."""
        return (self._restoring(changed) for changed in self._opened.changed())

    def _restoring(self, changed: Changed) -> PlannedChange:
        change: dict[str, Any] = {"id": changed.id}
        problems: list[str] = []
        if changed.before is None:
            problems.append("it was changed without a snapshot, so its earlier state is unknown")
        for field in FIELDS:
            if changed.before is not None and field.name in changed.names:
                value = changed.before.get(field.wire)
                if problem := self._problem({"id": changed.id, field.name: value}, value):
                    problems.append(f"{field.name}: {problem}")
                else:
                    change[field.name] = value
        return PlannedChange(changed.number, cast("Change", change), tuple(problems))

    def _problem(self, change: object, value: object) -> str | None:
        """Return why a field cannot be set to the value that it had."""
        if value in (None, "", []):
            return "it was empty, and the API cannot clear a field"
        try:
            check(self._client, cast("Change", change))
        except InputError as error:
            return f"an update would reject its earlier value: {error}"
        return None

    def known(self, item: PlannedChange) -> Outcome | None:
        """Reject an item if none of its fields can be restored."""
        if len(item.change) > 1:
            return None
        error = InputError("; ".join(item.problems))
        return Outcome(item.number, item.change, "rejected", None, error, item.problems)

    def begin(self, item: PlannedChange, before: CredentialTemplate | None) -> None:
        """Record that the template is about to be restored."""
        del before
        self._opened.undo_begins(item.change)

    def end(self, item: PlannedChange, kind: Kind, error: CertifierError | None = None) -> None:
        """Record that the template was restored, was not, or may have been."""
        del kind
        self._opened.undo_ends(item.change, error, is_whole=not item.problems)
