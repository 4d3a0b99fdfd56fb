"""What a run meant to do and what came of it, in a file that outlives the process."""

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from certifier_client.bulk.change import Change, Kind, Outcome
from certifier_client.errors import CertifierError, JournalError

_VERSION = 1
_TABLES = (
    "CREATE TABLE run (version INTEGER NOT NULL, input TEXT)",
    # The state is 'sent' until the outcome is known, and then a Kind; 'undone' is as if never sent.
    # Beside 'applied', maybe says that it may have been. Before is the template before it was sent.
    # While a change is put back, undoing is 1.
    """CREATE TABLE change (number INTEGER PRIMARY KEY, template TEXT NOT NULL,
    change TEXT NOT NULL, state TEXT NOT NULL, maybe INTEGER NOT NULL, undoing INTEGER NOT NULL,
    told TEXT, before TEXT)""",
)

_INSERT = "INSERT INTO change VALUES (?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT (number) DO UPDATE SET"
_UNKNOWN = "UPDATE change SET state = 'failed', maybe = 1, undoing = 0"


class Journal:
    """The journal of one run, held by one process at a time.

    Args:
        path: of an SQLite file; it is made if it is not there.
        input: what identifies the whole of the changes, if it is known; another one is refused.

    Raises:
        JournalError: it is another run's, another process has it, or it cannot be read or written.

    """

    def __init__(self, path: str | os.PathLike[str], input: str | None = None) -> None:  # noqa: A002 - what it is
        self.path = Path(path)
        self._lock = threading.Lock()
        try:
            self._database = sqlite3.connect(
                self.path, isolation_level=None, check_same_thread=False, timeout=0
            )
            try:
                self._open(input)
            except BaseException:
                self._database.close()
                raise
        except sqlite3.Error as error:
            raise self._error(error) from error

    def _open(self, told: str | None) -> None:
        # The lock is held until the process ends, however it ends.
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._database.execute("PRAGMA journal_mode = WAL")
        # A commit outlives the process. One that a power failure takes away is sent again.
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute("BEGIN EXCLUSIVE")
        tables = self._database.execute("SELECT name FROM sqlite_master").fetchall()
        if not tables:
            for statement in _TABLES:
                self._database.execute(statement)
            self._database.execute("INSERT INTO run VALUES (?, ?)", (_VERSION, told))
        self._database.execute("COMMIT")
        ((sound,), *_) = self._database.execute("PRAGMA quick_check").fetchall()
        rows = self._database.execute("SELECT version, input FROM run").fetchall()
        if sound != "ok" or len(rows) != 1 or rows[0][0] != _VERSION:
            raise JournalError(f"{self.path} is damaged, or no journal of this version")
        if told is not None and rows[0][1] != told:
            raise JournalError(
                f"{self.path} is the journal of other changes than these: name another journal, or "
                "go on with the changes as they were"
            )
        # The process that sent these has ended before it knew.
        self._database.execute(f"{_UNKNOWN} WHERE state = 'sent' OR undoing")

    def final(self, number: int, change: Change) -> Outcome | None:
        """Return what came of a change that an earlier run has applied, or had refused."""
        row = self._one("SELECT change, state, told FROM change WHERE number = ?", number)
        if row is None:
            return None
        dumped, state, told = row
        if dumped != _dumped(change):
            raise JournalError(f"{self.path} has another change {number} than this one")
        if state == "refused":
            error = CertifierError(f"{told}, in an earlier run")
            return Outcome(number, change, "refused", error=error)
        return Outcome(number, change, "done") if state == "applied" else None

    def intend(self, number: int, change: Change, before: dict[str, Any] | None) -> None:
        """Record that a change is about to be sent, and the template as it was before, if known.

        Where it may have been applied already, what was recorded of the template stays.
        """
        self._write(
            f"{_INSERT} maybe = maybe OR state = 'sent', state = 'sent', told = NULL, "
            "before = CASE WHEN maybe OR state = 'sent' THEN before ELSE excluded.before END",
            number,
            *_identity(change),
            "sent",
            0,
            None,
            json.dumps(before) if before else None,
        )

    def conclude(
        self, number: int, change: Change, kind: Kind, error: CertifierError | None = None
    ) -> None:
        """Record what came of a change, also of one that was refused before it was sent."""
        self._write(
            f"{_INSERT} state = excluded.state, told = excluded.told, "
            "maybe = maybe OR excluded.maybe",
            number,
            *_identity(change),
            kind,
            error is not None and error.may_have_been_applied,
            str(error) if error else None,
            None,
        )

    def kept(self) -> Iterator[tuple[int, Change, dict[str, Any] | None]]:
        """Return what was applied, or may have been, and the template before it.

        What is of one template comes together, the last first.
        """
        with closing(self._database.cursor()) as cursor:
            cursor.execute(
                "SELECT number, change, before FROM change WHERE state = 'applied' OR maybe "
                "ORDER BY template, number DESC"
            )
            for number, change, before in cursor:
                yield number, json.loads(change), json.loads(before) if before else None

    def undo_begins(self, number: int) -> None:
        """Record that a template is about to be put back as it was before a change."""
        self._write("UPDATE change SET undoing = 1 WHERE number = ?", number)

    def undo_ends(self, number: int, error: CertifierError | None) -> None:
        """Record that it is, or is not, or may be."""
        if error is None:
            statement = "UPDATE change SET state = 'undone', maybe = 0, undoing = 0, before = NULL"
        elif error.may_have_been_applied:
            statement = _UNKNOWN
        else:
            statement = "UPDATE change SET undoing = 0"
        self._write(f"{statement} WHERE number = ?", number)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._database.close()

    def _one(self, statement: str, *values: object) -> Any:  # noqa: ANN401 - a row, or None
        with self._lock:
            try:
                return self._database.execute(statement, values).fetchone()
            except sqlite3.Error as error:
                raise self._error(error) from error

    def _write(self, statement: str, *values: object) -> None:
        with self._lock:
            try:
                self._database.execute(statement, values)
            except sqlite3.Error as error:
                raise self._error(error) from error

    def _error(self, error: sqlite3.Error) -> JournalError:
        code = getattr(error, "sqlite_errorname", "")
        for family in ("SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN"):
            code = family if code.startswith(family) else code
        reason = {
            "SQLITE_BUSY": "another run is using it: wait until it has ended",
            "SQLITE_CANTOPEN": "it cannot be made or opened: check the folder and its permissions",
            "SQLITE_CORRUPT": "it is damaged: name another journal",
            "SQLITE_ERROR": "it is no journal: name another one",
            "SQLITE_FULL": "the disk is full: make room and run the same again",
            "SQLITE_IOERR": "it cannot be read or written: check the disk",
            "SQLITE_NOTADB": "it is no journal: name another one",
            "SQLITE_READONLY": "it cannot be written: check its permissions",
        }.get(code, str(error))
        return JournalError(f"the journal {self.path}: {reason}")


def _identity(change: Change) -> tuple[str, str]:
    return change["id"].lower(), _dumped(change)


def _dumped(change: Change) -> str:
    return json.dumps(change, sort_keys=True)
