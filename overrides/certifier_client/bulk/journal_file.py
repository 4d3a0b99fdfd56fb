"""The file of a journal: an SQLite database that is complete after every commit."""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from certifier_client.errors import JournalError

_APPLICATION = 0x43667962  # "Cfyb": marks an SQLite file as a journal of this package
_VERSION = 3


def create(path: Path, schema: str) -> None:
    """Create a journal, completely or not at all.

    Raises:
        JournalError: the file exists, or cannot be written.

    """
    marks = f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_VERSION};"
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(number)
        try:
            with closing(sqlite3.connect(name)) as database:
                database.executescript(f"BEGIN; {marks} {schema} COMMIT;")
            try:
                os.link(name, path)
            except OSError:  # it exists, or the file system has no links
                os.close(os.open(path, os.O_CREAT | os.O_EXCL))
                Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise error_of(path, error) from error


def connect(path: Path) -> sqlite3.Connection:
    """Open a journal, which stays locked until it is closed or the process ends.

    Raises:
        JournalError: it is not a journal, it is damaged, or another run uses it.

    """
    try:
        database = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?mode=rw",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=0,
        )
        try:
            _prepare(path, database)
        except BaseException:
            database.close()
            raise
    except sqlite3.Error as error:
        raise error_of(path, error) from error
    return database


def _prepare(path: Path, database: sqlite3.Connection) -> None:
    marks = "SELECT * FROM pragma_application_id, pragma_user_version"
    if database.execute(marks).fetchone() != (_APPLICATION, _VERSION):
        raise JournalError(f"the journal {path}: {_REASONS['SQLITE_NOTADB']}")
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    # With a write-ahead log, commits would only be there after a kill. In this mode, they are in
    # the file itself, and the second file only matters during a commit.
    database.execute("PRAGMA journal_mode = DELETE")
    # A power failure loses no commit.
    database.execute("PRAGMA synchronous = FULL")
    database.execute("BEGIN EXCLUSIVE")
    database.execute("COMMIT")
    if database.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        raise JournalError(f"{path} is damaged, or a part of it is missing: name another journal")


_REASONS = {
    "SQLITE_BUSY": "another run is using it: wait until it has ended",
    "SQLITE_CANTOPEN": "it cannot be opened: check the folder and its permissions",
    "SQLITE_CORRUPT": "it is damaged, or a part of it is missing: name another journal",
    "SQLITE_FULL": "the disk is full: make room",
    "SQLITE_IOERR": "it cannot be read or written: check the disk",
    "SQLITE_NOTADB": "it is not a journal of this version: name another file",
    "SQLITE_READONLY": "it cannot be written: check its permissions",
}


def error_of(path: Path, error: sqlite3.Error | OSError) -> JournalError:
    """Return the error that says why a journal cannot be used, and what to do."""
    if isinstance(error, OSError):
        return JournalError(f"the journal {path} cannot be written: {error.strerror}")
    code = getattr(error, "sqlite_errorname", "")
    families = [family for family in _REASONS if code.startswith(family)]
    return JournalError(f"the journal {path}: {_REASONS[families[0]] if families else error}")
