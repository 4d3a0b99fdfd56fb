"""The journal of a run: its changes and their outcomes, in a file that survives the process."""

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from certifier_client.bulk import journal_file
from certifier_client.bulk.change import Change, Kind, Outcome, key_of
from certifier_client.errors import CertifierError, JournalError

# The state of a change is 'sent' until its outcome is known; 'undone' means as if never sent.
# maybe: it may have been applied, whatever its state. undoing: 1 while an undo is in flight or its
# outcome unknown, 2 for an undo after one of unknown outcome. changed: the template was changed, or
# may have been. before: the snapshot, in the first change that changed it.
_SCHEMA = """
CREATE TABLE run (server TEXT NOT NULL, digest TEXT, snapshot INTEGER NOT NULL);
CREATE TABLE change (
    number INTEGER PRIMARY KEY, template TEXT NOT NULL, change TEXT NOT NULL,
    state TEXT CHECK (state IN ('sent', 'applied', 'rejected', 'failed', 'undone')) NOT NULL,
    error TEXT, before TEXT,
    maybe INTEGER DEFAULT 0, undoing INTEGER DEFAULT 0,
    changed AS (state IN ('applied', 'sent') OR maybe OR undoing)
);
CREATE INDEX change_template ON change (template);
"""
_NEXT = """
SELECT template, min(number), json_extract(change, '$.id'), json_group_array(DISTINCT key), (
    SELECT before FROM change WHERE template = changes.template AND changed AND before NOT NULL
) FROM change AS changes, json_each(change) WHERE changed AND template = (
    SELECT min(template) FROM change WHERE template > ? AND changed
) GROUP BY template
"""


class Changed(NamedTuple):
    """A template that was changed, or may have been.

    Attributes:
        number: the number of the first of these changes.
        id: the id of the template.
        names: the names of the fields that they set, and ``id``.
        before: the template before them; None without a snapshot.

    """

    number: int
    id: str
    names: list[str]
    before: dict[str, Any] | None


class Journal:
    """The journal of one list of changes, held by one process at a time.

    Args:
        path: the path of the file.
        server: the server of the changes; the journal of another server is rejected.
        create: whether to create the file if it does not exist.
        digest: the digest of all changes, if known; the journal of other changes is rejected.

    Raises:
        JournalError: it belongs to other changes or another server, another process uses it, or it
            cannot be read or written.

    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        server: str,
        *,
        create: bool = False,
        digest: str | None = None,
    ) -> None:
        self.path = Path(path)
        # Reentrant: a thread that was interrupted while it held the lock must still close the file.
        self._lock = threading.RLock()
        self._is_new = create and not self.path.exists()
        if self._is_new:
            journal_file.create(self.path, _SCHEMA)
        self._database = journal_file.connect(self.path)
        try:
            self._claim(server, digest)
        except BaseException:
            self._database.close()
            raise

    def _claim(self, server: str, digest: str | None) -> None:
        known = self._one("SELECT server, digest FROM run")
        if not known:  # it is new
            known = server, digest
            self._write("INSERT INTO run VALUES (?, ?, 0)", *known)
        of_server, of_digest = known
        if of_server != server:
            raise JournalError(
                f"{self.path} is the journal of changes of {of_server}, not of {server}: "
                "name another journal, or use that server"
            )
        if digest is not None and of_digest != digest:
            raise JournalError(
                f"{self.path} is the journal of other changes: name another journal, or use "
                "the original list"
            )

    def take_snapshots(self) -> None:
        """Take snapshots in this run, and in all later runs with this journal."""
        self._write("UPDATE run SET snapshot = 1")

    def final(self, number: int, change: Change) -> Outcome | None:
        """Return the outcome of a change that an earlier run applied, or that was rejected."""
        row = self._one("SELECT change, state, undoing, error FROM change WHERE number = ?", number)
        if row is None:
            return None
        dumped, state, undoing, error = row
        if dumped != _dumped(change):
            raise JournalError(
                f"change {number} differs from that in {self.path}: use the original list"
            )
        if state == "rejected":
            rejected = CertifierError(f"{error}, in an earlier run")
            return Outcome(number, change, "rejected", error=rejected)
        return Outcome(number, change, "done") if state == "applied" and not undoing else None

    def needs_snapshot(self, change: Change) -> bool:
        """Return whether to take a snapshot first: if no change may have changed the template."""
        (needs,) = self._one(
            "SELECT snapshot AND NOT EXISTS (SELECT 1 FROM change WHERE template = ? AND changed) "
            "FROM run",
            key_of(change),
        )
        return bool(needs)

    def intend(self, number: int, change: Change, before: dict[str, Any] | None) -> None:
        """Record that a change is about to be sent, and its snapshot if one was taken."""
        self._write(
            "INSERT INTO change (number, template, change, state, before) "
            "VALUES (?, ?, ?, 'sent', ?) ON CONFLICT (number) DO UPDATE SET "
            "before = CASE WHEN changed THEN before ELSE excluded.before END, "
            "maybe = maybe OR state IN ('sent', 'applied'), "
            "state = 'sent', undoing = 0, error = NULL",
            number,
            key_of(change),
            _dumped(change),
            before and json.dumps(before),
        )

    def conclude(
        self, number: int, change: Change, kind: Kind, error: CertifierError | None = None
    ) -> None:
        """Record the outcome of a change, which may not have been sent."""
        self._write(
            "INSERT INTO change (number, template, change, state, error, maybe) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET "
            "state = excluded.state, error = excluded.error, maybe = maybe OR excluded.maybe",
            number,
            key_of(change),
            _dumped(change),
            kind,
            error and str(error),
            error is not None and error.may_have_been_applied,
        )

    def changed(self) -> Iterator[Changed]:
        """Return each template that was changed, or may have been, one at a time."""
        key = ""
        while row := self._one(_NEXT, key):
            key, number, template_id, names, before = row
            yield Changed(number, template_id, json.loads(names), before and json.loads(before))

    def undo_begins(self, change: Change) -> None:
        """Record that a template is about to be restored."""
        self._write(
            "UPDATE change SET undoing = 1 + (undoing > 0) WHERE template = ? AND changed",
            key_of(change),
        )

    def undo_ends(self, change: Change, error: CertifierError | None, *, is_whole: bool) -> None:
        """Record that the template was restored (at least in part), was not, or may have been."""
        key = key_of(change)
        if error is None:
            self._write(
                "UPDATE change SET state = 'undone', maybe = ?, undoing = 0 "
                "WHERE template = ? AND changed",
                not is_whole,
                key,
            )
        elif not error.may_have_been_applied:
            self._write("UPDATE change SET undoing = (undoing > 1) WHERE template = ?", key)

    def close(self) -> None:
        """Close the file; remove it if this run created it and recorded nothing that matters."""
        with self._lock:
            try:
                if self._is_new and self._is_empty():
                    self.path.unlink()
            except (OSError, JournalError):
                pass  # an empty journal stays
            finally:
                self._is_new = False
                self._database.close()

    def _is_empty(self) -> bool:
        known = "SELECT 1 FROM change WHERE changed OR state = 'rejected' LIMIT 1"
        return self._one(known) is None

    def _one(self, statement: str, *values: object) -> Any:  # noqa: ANN401 - a row, or None
        with self._lock:
            try:
                return self._database.execute(statement, values).fetchone()
            except sqlite3.Error as error:
                raise journal_file.error_of(self.path, error) from error

    # A single statement is a transaction.
    _write = _one


def _dumped(change: Change) -> str:
    return json.dumps(change, sort_keys=True)
