"""The jobs of a run: apply changes, or compare them with the templates."""

from collections.abc import Iterable, Iterator
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, cast

import attrs

from certifier_client.bulk.change import Change, Kind, Outcome, PlannedChange, fields_of, key_of
from certifier_client.bulk.journal import Journal
from certifier_client.errors import CertifierError, InputError
from certifier_client.models import CredentialTemplate
from certifier_client.operations import UPDATE

if TYPE_CHECKING:
    from certifier_client import AsyncCertifier, Certifier

    Client = AsyncCertifier | Certifier

JournalPath = str | PathLike[str]


def server_of(client: "Client") -> str:
    """Return the server of a client, and the version of its API."""
    request = client.credential_templates.update_request("any")
    version = next(parameter for parameter in UPDATE.parameters if parameter.location == "header")
    return f"{client.base_url} (API version {request.headers[version.wire]})"


def check(client: "Client", change: Change) -> None:
    """Raise InputError if a change is invalid, without sending it."""
    client.credential_templates.update_request(cast("Any", change).get("id"), **fields_of(change))


class Job:
    """A job: what a run does with each item. Threads call its methods, which may block.

    Attributes:
        kind: the kind of outcome of an item that did not fail.
        only_reads: whether the job only needs the current template.
        journal: the journal, if there is one, while it is open.

    """

    kind: ClassVar[Kind]
    only_reads: ClassVar[bool] = False
    journal: Journal | None = None

    def __init__(self, changes: Iterable[tuple[int, Change]]) -> None:
        self._changes = changes

    def open(self) -> None:
        """Open the journal; called before anything else."""

    def close(self) -> None:
        """Close the journal; called even if ``open`` failed."""
        if self.journal:
            self.journal.close()

    def items(self) -> Iterator[PlannedChange]:
        """Copy each change as it is read, because the caller may reuse the dict."""
        return (PlannedChange(number, _copy(number, change)) for number, change in self._changes)

    def known(self, item: PlannedChange) -> Outcome | None:
        """Return the outcome of an item if nothing needs to be sent."""

    def needs_template(self, item: PlannedChange) -> bool:
        """Return whether to fetch the current template first."""
        del item
        return self.only_reads

    def begin(self, item: PlannedChange, before: CredentialTemplate | None) -> None:
        """Record that a change is about to be sent."""

    def end(self, item: PlannedChange, kind: Kind, error: CertifierError | None = None) -> None:
        """Record that a change was made, or how it failed."""

    def outcome(self, item: PlannedChange, template: CredentialTemplate) -> Outcome:
        """Return the outcome of an item that did not fail."""
        return Outcome(item.number, item.change, self.kind, template, problems=item.problems)


def _copy(number: int, change: object) -> Change:
    if not isinstance(change, dict):
        raise InputError(f"change {number} is a {type(change).__name__}: pass a dict")
    values = cast("dict[str, Any]", change).items()
    return cast("Change", {name: [*v] if type(v) is list else v for name, v in values})


class Compare(Job):
    """Fetch the template of each change, without changing it."""

    kind = "same"
    only_reads = True

    def outcome(self, item: PlannedChange, template: CredentialTemplate) -> Outcome:
        """Return whether the change would change the template."""
        outcome = super().outcome(item, template)
        return attrs.evolve(outcome, kind="different") if outcome.differences else outcome


class Apply(Job):
    """Make the changes.

    Args:
        client: the client whose server gets the changes.
        changes: each change with its number.
        journal: the path of the journal, or None.
        snapshot: whether to record each template before its first change.
        digest: the digest of all changes, if known; the journal of other changes is rejected.

    Raises:
        InputError: there is no journal for the snapshots.

    """

    kind = "applied"

    def __init__(
        self,
        client: "Client",
        changes: Iterable[tuple[int, Change]],
        journal: JournalPath | None,
        *,
        snapshot: bool,
        digest: str | None = None,
    ) -> None:
        super().__init__(changes)
        if snapshot and journal is None:
            raise InputError("snapshot needs a journal: pass the path of one", "snapshot")
        self._client = client
        self._path = journal
        self._snapshot = snapshot
        self._digest = digest
        self._blocked = set[str]()

    def open(self) -> None:
        """Open the journal, or create it."""
        if self._path is not None:
            server = server_of(self._client)
            self.journal = Journal(self._path, server, create=True, digest=self._digest)
            if self._snapshot:
                self.journal.take_snapshots()

    def known(self, item: PlannedChange) -> Outcome | None:
        """Return the outcome from the journal, or ``blocked`` after an earlier failure."""
        known = self.journal.final(item.number, item.change) if self.journal else None
        if not known and key_of(item.change) in self._blocked:
            return Outcome(item.number, item.change, "blocked")
        return known

    def needs_template(self, item: PlannedChange) -> bool:
        """Return whether to take a snapshot."""
        return bool(self.journal and self.journal.needs_snapshot(item.change))

    def begin(self, item: PlannedChange, before: CredentialTemplate | None) -> None:
        """Record the change in the journal, with its snapshot."""
        if self.journal:
            self.journal.intend(item.number, item.change, before.to_dict() if before else None)

    def end(self, item: PlannedChange, kind: Kind, error: CertifierError | None = None) -> None:
        """Record the outcome in the journal; a failed change blocks later ones of its template."""
        block = self._blocked.add if kind == "failed" else self._blocked.discard
        block(key_of(item.change))
        if self.journal:
            self.journal.conclude(item.number, item.change, kind, error)
