"""A file of changes, which is checked completely before anything is sent."""

import codecs
import hashlib
import io
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self, cast

from certifier_client.bulk.change import Change, key_of
from certifier_client.bulk.jobs import check
from certifier_client.cli import output, rows
from certifier_client.errors import InputError

if TYPE_CHECKING:
    from certifier_client import Certifier

MAX_SHOWN = 50  # of the errors, and of the warnings; the others are counted


class Format(StrEnum):
    """The format of a file."""

    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"


_BY_SUFFIX = {
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".json": Format.JSON,
}
_READERS = {
    Format.CSV: rows.of_csv,
    Format.JSONL: rows.of_json_lines,
    Format.JSON: rows.of_json,
}
_SAVE = "save it as UTF-8; Excel calls that 'CSV UTF-8 (Comma delimited)'"


class Source:
    """A copy of a file of changes, which can be read repeatedly and is never held in memory.

    Args:
        path: the path of the file; ``-`` for standard input.
        format: its format; by default, from the name of the file.
        ignore_columns: whether to ignore columns and keys that are not fields.

    Raises:
        InputError: it cannot be read, or its format is unknown.

    """

    def __init__(
        self,
        path: str,
        format: Format | None = None,  # noqa: A002 - the option's name
        *,
        ignore_columns: bool = False,
    ) -> None:
        self.name = "standard input" if path == "-" else path
        known = format or _BY_SUFFIX.get(Path(path).suffix.lower())
        if known is None:
            raise InputError(
                f"the format of {self.name} is unknown: pass --format csv, jsonl or json"
            )
        self._reader = _READERS[known]
        self._ignore_columns = ignore_columns
        try:
            # Line ends stay unchanged: some are within the cells of CSV.
            self._file = io.TextIOWrapper(_copied(path), "utf-8-sig", newline="")
        except OSError as error:
            raise InputError(f"{self.name} cannot be read: {error.strerror}") from error

    def close(self) -> None:
        """Delete the copy."""
        self._file.close()

    def digest(self) -> str:
        """Return a digest of the content."""
        content = self._file.buffer
        content.seek(0)
        return hashlib.file_digest(cast("Any", content), "sha256").hexdigest()

    def changes(self) -> Iterator[tuple[int, Change]]:
        """Return each change with its line; call check() first."""
        for line, row in self._rows():
            if isinstance(row, InputError):
                raise row
            yield line, cast("Change", row)

    def check(self, client: "Certifier") -> int:
        """Return the number of changes; report all errors in them, then raise InputError."""
        total = wrong = 0
        with _Repeated() as repeated:
            for line, row in self._rows():
                total += 1
                if problem := _problem(client, row):
                    wrong += 1
                    if wrong <= MAX_SHOWN:
                        output.say(f"{self.name}:{line}: {output.safe(problem)}")
                else:
                    repeated.add(self.name, line, cast("Change", row))
        if wrong:
            raise InputError(
                f"{wrong} of {output.count(total)} {'is' if wrong == 1 else 'are'} invalid; "
                "nothing was sent"
            )
        if not total:
            raise InputError(f"{self.name} has no changes")
        repeated.summarize()
        return total

    def _rows(self) -> Iterator[rows.Row]:
        self._file.seek(0)
        try:
            yield from self._reader(self._file, ignore_columns=self._ignore_columns)
        except UnicodeDecodeError:
            raise InputError(self._encoding_problem()) from None

    def _encoding_problem(self) -> str:
        """Return which line is not UTF-8, and what to do."""
        content = self._file.buffer
        content.seek(0)
        line = 0
        for data in content:
            line += 1
            if line == 1 and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return f"{self.name} is UTF-16, not UTF-8: {_SAVE}"
            if data.decode(errors="replace").encode() != data:
                break
        return f"{self.name}, line {line}: it is not UTF-8, but perhaps Windows-1252: {_SAVE}"


def _copied(path: str) -> BinaryIO:
    # A pipe can be read only once, and a file may change after the check.
    if path == "-" and not sys.stdin:
        raise InputError("standard input is closed")
    with Path(path).open("rb") if path != "-" else nullcontext(sys.stdin.buffer) as file:
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - close() closes it
        shutil.copyfileobj(file, copy)
    return copy


def _problem(client: "Certifier", row: "dict[str, Any] | InputError") -> str | None:
    if isinstance(row, InputError):
        return str(row)
    if not row.get("id"):
        return "it has no id"
    try:
        check(client, cast("Change", row))
    except InputError as error:
        return str(error)
    return None if len(row) > 1 else "it sets nothing"


class _Repeated:
    """Finds fields that are set to two values, in a database: a list may be long."""

    def __enter__(self) -> Self:
        self._count = 0
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute(
            "CREATE TABLE field (template TEXT, name TEXT, value TEXT, line INTEGER, "
            "PRIMARY KEY (template, name)) WITHOUT ROWID"
        )
        self._database.execute("BEGIN")
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def add(self, source: str, line: int, change: Change) -> None:
        for name, value in change.items():
            if name == "id":
                continue
            key = (key_of(change), name)
            before = self._database.execute(
                "SELECT value, line FROM field WHERE template = ? AND name = ?", key
            ).fetchone()
            dumped = output.as_json(value)
            self._database.execute(
                "INSERT OR REPLACE INTO field VALUES (?, ?, ?, ?)", (*key, dumped, line)
            )
            if before and before[0] != dumped:
                self._count += 1
                if self._count <= MAX_SHOWN:
                    output.say(
                        f"{source}:{line}: warning: line {before[1]} sets {name} of "
                        f"{output.safe(change['id'])} to another value; the later one counts"
                    )

    def summarize(self) -> None:
        if self._count > MAX_SHOWN:
            output.say(f"{output.count(self._count - MAX_SHOWN, 'more warning')} like these")
