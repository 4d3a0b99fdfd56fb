"""The database: one table of credential templates in SQLite."""

import json
import sqlite3
import threading
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import astuple, fields
from typing import Any

from certifier_sandbox.seed import SEED
from certifier_sandbox.template import Template

# SQLite keeps this number in the file's header. It prevents writing to another program's database.
APPLICATION_ID = 0x63667073  # "cfps"
COLUMNS = ", ".join(field.name for field in fields(Template))
PLACEHOLDERS = ", ".join("?" for _ in fields(Template))


class Store:
    """Templates in a file or in memory; safe for threads, and for processes that share a file."""

    def __init__(self, database: str) -> None:
        """Open the database, and seed it if it is new; raises `sqlite3.Error`."""
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(database, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        # In process, nothing calls close, and an open connection would be a ResourceWarning.
        self.close = weakref.finalize(self, self._connection.close)
        try:
            # A power failure may lose data, a killed process does not. Waiting for the disk would
            # hold the lock, perhaps longer than the five seconds that another process waits for it.
            self._connection.execute("PRAGMA synchronous = OFF")
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        with self._transaction() as connection:
            (application_id,) = connection.execute("PRAGMA application_id").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if application_id == APPLICATION_ID:
                return
            if tables:
                raise sqlite3.DatabaseError("file is the database of another program")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"CREATE TABLE template ({COLUMNS}, PRIMARY KEY (id))")
            _write(connection, *SEED)

    def update(self, template_id: str, change: Callable[[Template | None], Template]) -> Template:
        """Replace a template with the result of `change`, and return it.

        `change` gets None for an unknown id. If it raises, nothing changes.
        """
        with self._transaction() as connection:
            template = change(_read(connection, template_id))
            _write(connection, template)
            return template

    def get(self, template_id: str) -> Template | None:
        """Return a template, or None for an unknown id."""
        with self._transaction() as connection:
            return _read(connection, template_id)

    def put(self, template: Template) -> None:
        """Create a template, or replace the one with its id."""
        with self._transaction() as connection:
            _write(connection, template)

    def all(self) -> list[Template]:
        """Return every template, sorted by id."""
        with self._transaction() as connection:
            select = f"SELECT {COLUMNS} FROM template ORDER BY id"  # noqa: S608 our own names
            return [_template(row) for row in connection.execute(select)]

    def reset(self) -> None:
        """Restore the templates of a new database."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM template")
            _write(connection, *SEED)

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        with self._lock:
            # Locks out other writers from the start. If a transaction begins with a read, it
            # may fail, or overwrite what others wrote in between.
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:  # commits, or rolls back after an exception
                yield self._connection


def _template(row: sqlite3.Row) -> Template:
    values: dict[str, Any] = dict(row)
    values["design_ids"] = tuple(json.loads(values["design_ids"]))
    return Template(**values)


def _read(connection: sqlite3.Connection, template_id: str) -> Template | None:
    select = f"SELECT {COLUMNS} FROM template WHERE id = ?"  # noqa: S608 our own names
    row = connection.execute(select, [template_id]).fetchone()
    return _template(row) if row else None


def _write(connection: sqlite3.Connection, *templates: Template) -> None:
    insert = f"INSERT OR REPLACE INTO template ({COLUMNS}) VALUES ({PLACEHOLDERS})"  # noqa: S608 our own names
    for template in templates:
        values = (json.dumps(v) if isinstance(v, tuple) else v for v in astuple(template))
        connection.execute(insert, list(values))
