"""What a run intended, and the outcomes, in a file that survives the process."""

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import attrs

from certifier_client.bulk import journal_file
from certifier_client.bulk.change import Change, Kind, Outcome, key_of
from certifier_client.errors import CertifierError, JournalError

# The state of a change is 'sent' until its outcome is known, and then a Kind; 'undone' means as if
# never sent. maybe: it may have been applied, whatever its state. undoing: 1 while an undo is in
# flight or its outcome unknown, 2 for an undo after one of unknown outcome. A snapshot is the
# template before the first request that may have changed it.
_SCHEMA = """
CREATE TABLE run (base_url TEXT NOT NULL, version TEXT NOT NULL, input TEXT, snapshot INTEGER);
CREATE TABLE change (number INTEGER PRIMARY KEY, template TEXT NOT NULL, change TEXT NOT NULL,
    state TEXT NOT NULL, maybe INTEGER NOT NULL, undoing INTEGER NOT NULL, error TEXT);
CREATE INDEX change_template ON change (template);
CREATE TABLE snapshot (template TEXT PRIMARY KEY, before TEXT NOT NULL);
"""
_CHANGED = "(state IN ('applied', 'sent') OR maybe OR undoing)"
_INSERT = "INSERT INTO change VALUES (?, ?, ?, ?, ?, 0, ?) ON CONFLICT (number) DO UPDATE SET"


@attrs.frozen
class Server:
    """The server that a journal belongs to."""

    base_url: str
    version: str

    def __str__(self) -> str:
        return f"{self.base_url} (API version {self.version})"


class Changed(NamedTuple):
    """A template that was changed, or may have been.

    Attributes:
        number: the number of the first of these changes.
        id: the id of the template.
        names: the names of the fields that they set.
        before: the template before them; None without a snapshot.

    """

    number: int
    id: str
    names: set[str]
    before: dict[str, Any] | None


class Journal:
    """The journal of one list of changes, held by one process at a time.

    Args:
        path: the path of the file.
        server: where the changes go; the journal of another server is rejected.
        create: whether to create the file if it does not exist.
        input: a digest of all changes, if known; the journal of another one is rejected.

    Raises:
        JournalError: it belongs to other changes or another server, another process uses it, or it
            cannot be read or written.

    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        server: Server,
        *,
        create: bool = False,
        input: str | None = None,  # noqa: A002 - what it is
    ) -> None:
        self.path = Path(path)
        # Reentrant: a thread that was interrupted while it held the lock must still close the file.
        self._lock = threading.RLock()
        self._is_new = create and not self.path.exists()
        if self._is_new:
            try:
                values = (server.base_url, server.version, input)
                journal_file.create(
                    self.path, _SCHEMA, "INSERT INTO run VALUES (?, ?, ?, 0)", values
                )
            except OSError as error:
                raise journal_file.error_of(self.path, error) from error
        self._database = journal_file.connect(self.path)
        try:
            self._claim(server, input)
        except BaseException:
            self._database.close()
            raise

    def _claim(self, server: Server, digest: str | None) -> None:
        row = self._one("SELECT base_url, version, input FROM run")
        if Server(*row[:2]) != server:
            raise JournalError(
                f"{self.path} is the journal of changes of {Server(*row[:2])}, not of {server}: "
                "name another journal, or use that server"
            )
        if digest is not None and row[2] != digest:
            raise JournalError(
                f"{self.path} is the journal of other changes than these: name another journal, or "
                "continue with the changes as they were"
            )

    @property
    def takes_snapshots(self) -> bool:
        """Whether any run of this journal was asked to take snapshots; later ones do so too."""
        return bool(self._one("SELECT snapshot FROM run")[0])

    def take_snapshots(self) -> None:
        """Record that a run was asked to take snapshots."""
        self._write("UPDATE run SET snapshot = 1")

    def final(self, number: int, change: Change) -> Outcome | None:
        """Return the outcome of a change that an earlier run applied, or that was rejected."""
        row = self._one("SELECT change, state, undoing, error FROM change WHERE number = ?", number)
        if row is None:
            return None
        dumped, state, undoing, error = row
        if dumped != _dumped(change):
            raise JournalError(f"{self.path} has another change {number} than this one")
        if state == "rejected":
            rejected = CertifierError(f"{error}, in an earlier run")
            return Outcome(number, change, "rejected", error=rejected)
        return Outcome(number, change, "done") if state == "applied" and not undoing else None

    def needs_snapshot(self, change: Change) -> bool:
        """Return whether none of these changes may have changed the template yet."""
        return not self._one(
            f"SELECT 1 FROM change WHERE template = ? AND {_CHANGED} LIMIT 1", key_of(change)
        )

    def intend(self, number: int, change: Change, before: dict[str, Any] | None) -> None:
        """Record that a change is about to be sent, and its snapshot if one was taken."""
        key = key_of(change)
        statement = (
            f"{_INSERT} maybe = maybe OR state IN ('sent', 'applied'), state = 'sent', "
            "undoing = 0, error = NULL"
        )
        intent = (statement, (number, key, _dumped(change), "sent", 0, None))
        statement = "INSERT OR REPLACE INTO snapshot VALUES (?, ?)"
        snapshot = (statement, (key, json.dumps(before)))
        self._write_all(*([snapshot, intent] if before is not None else [intent]))

    def conclude(
        self, number: int, change: Change, kind: Kind, error: CertifierError | None = None
    ) -> None:
        """Record the outcome of a change, which may not have been sent."""
        self._write(
            f"{_INSERT} state = excluded.state, error = excluded.error, "
            "maybe = maybe OR excluded.maybe",
            number,
            key_of(change),
            _dumped(change),
            kind,
            error is not None and error.may_have_been_applied,
            str(error) if error else None,
        )

    def changed(self) -> Iterator[Changed]:
        """Return each template that was changed, or may have been, one at a time."""
        key = ""
        following = (
            f"SELECT template FROM change WHERE template > ? AND {_CHANGED} "
            "ORDER BY template LIMIT 1"
        )
        while row := self._one(following, key):
            (key,) = row
            yield self._of_template(key)

    def _of_template(self, key: str) -> Changed:
        first, names, template_id = 0, set[str](), key
        with self._lock, closing(self._database.cursor()) as cursor:
            cursor.execute(
                f"SELECT number, change FROM change WHERE template = ? AND {_CHANGED} "
                "ORDER BY number DESC",
                (key,),
            )
            for number, dumped in cursor:
                change = json.loads(dumped)
                first, template_id = number, change.pop("id")
                names |= change.keys()
            row = cursor.execute(
                "SELECT before FROM snapshot WHERE template = ?", (key,)
            ).fetchone()
        return Changed(first, template_id, names, json.loads(row[0]) if row else None)

    def undo_begins(self, change: Change) -> None:
        """Record that a template is about to be restored."""
        self._write(
            f"UPDATE change SET undoing = 1 + (undoing > 0) WHERE template = ? AND {_CHANGED}",
            key_of(change),
        )

    def undo_ends(
        self,
        change: Change,
        error: CertifierError | None,
        is_whole: bool = True,  # noqa: FBT001, FBT002 - of a thread's arguments
    ) -> None:
        """Record that it was restored, wholly or in part; was not; or may have been."""
        key = key_of(change)
        if error is not None:
            if not error.may_have_been_applied:
                self._write("UPDATE change SET undoing = (undoing > 1) WHERE template = ?", key)
            return  # the outcome stays unknown
        undone = (
            "UPDATE change SET state = 'undone', maybe = ?, undoing = 0 "
            f"WHERE template = ? AND {_CHANGED}"
        )
        forgotten = ("DELETE FROM snapshot WHERE template = ?", (key,))
        self._write_all((undone, (not is_whole, key)), *[forgotten] * is_whole)

    def close(self) -> None:
        """Close the file; remove it if this run created it and recorded nothing that matters."""
        with self._lock:
            try:
                if self._is_new and self._is_empty():
                    self.path.unlink()
            except (OSError, sqlite3.Error):
                pass  # an empty journal stays
            finally:
                self._is_new = False
                self._database.close()

    def _is_empty(self) -> bool:
        known = f"SELECT 1 FROM change WHERE {_CHANGED} OR state = 'rejected' LIMIT 1"
        return self._database.execute(known).fetchone() is None

    def _one(self, statement: str, *values: object) -> Any:  # noqa: ANN401 - a row, or None
        with self._lock:
            try:
                return self._database.execute(statement, values).fetchone()
            except sqlite3.Error as error:
                raise journal_file.error_of(self.path, error) from error

    def _write(self, statement: str, *values: object) -> None:
        self._write_all((statement, values))

    def _write_all(self, *statements: tuple[str, tuple[object, ...]]) -> None:
        """Execute statements in one transaction."""
        with self._lock:
            try:
                self._database.execute("BEGIN")
                for statement, values in statements:
                    self._database.execute(statement, values)
                self._database.execute("COMMIT")
            except BaseException as error:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise journal_file.error_of(self.path, error) from error
                raise


def _dumped(change: Change) -> str:
    return json.dumps(change, sort_keys=True)
