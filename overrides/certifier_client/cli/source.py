"""A file of changes, which is checked completely before anything is sent."""

import hashlib
import io
import json
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO, cast

from certifier_client.bulk.change import Change, key_of
from certifier_client.bulk.jobs import check
from certifier_client.cli import output, rows
from certifier_client.errors import InputError

if TYPE_CHECKING:
    from certifier_client import Certifier

CHUNK_SIZE = 16 * 1024  # characters of JSON that are read at once
MAX_SHOWN = 50  # of the errors, and of the warnings; the others are counted

Format = Literal["csv", "jsonl", "json"]

_READERS: dict[str, Callable[..., Iterator[rows.Row]]] = {
    "csv": rows.of_csv,
    "tsv": rows.of_csv,
    "jsonl": rows.of_json_lines,
    "ndjson": rows.of_json_lines,
    "json": rows.of_json,
}
_SAVE = "save it as UTF-8; Excel calls that 'CSV UTF-8 (Comma delimited)'"
_REPEATED = """
SELECT number, before, key, json_extract(change, '$.id') FROM (
    SELECT number, change, key, value,
        lag(number) OVER same AS before, lag(value) OVER same AS other
    FROM change, json_each(change) WHERE key <> 'id'
    WINDOW same AS (PARTITION BY template, key ORDER BY number)
) WHERE value <> other ORDER BY number
"""


class Source:
    """The changes of a file, which are kept in a temporary database, because a list may be long.

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
        ignore_columns: bool,
    ) -> None:
        self.name = "standard input" if path == "-" else path
        reader = _READERS.get(format or Path(path).suffix.lower()[1:])
        if reader is None:
            raise InputError(
                f"the format of {self.name} is unknown: pass --format csv, jsonl or json"
            )
        if path == "-" and not sys.stdin:
            raise InputError("standard input is closed")
        try:
            file = Path(path).open("rb") if path != "-" else sys.stdin.buffer  # noqa: SIM115
        except OSError as error:
            raise self._unreadable(error) from error
        # Line ends stay unchanged: some are within the cells of CSV.
        self._file = io.TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline="")
        texts = _checked(self.name, self._file, by_line=reader is not rows.of_json)
        self._rows = reader(texts, ignore_columns=ignore_columns)
        self._digest = hashlib.sha256()
        self._database = sqlite3.connect("", check_same_thread=False)
        self._database.execute("PRAGMA cache_size = -256")  # KiB of memory
        self._database.execute("CREATE TABLE change (number INTEGER PRIMARY KEY, template, change)")

    def close(self) -> None:
        """Close the file, and delete the database."""
        self._file.close()
        self._database.close()

    def digest(self) -> str:
        """Return a digest of the changes; call check() first."""
        return self._digest.hexdigest()

    def changes(self) -> Iterator[tuple[int, Change]]:
        """Return each change with its number, which is its line; call check() first."""
        for number, change in self._database.execute("SELECT number, change FROM change"):
            yield number, json.loads(change)

    def check(self, client: "Certifier") -> int:
        """Return the number of changes; report all errors in them, then raise InputError."""
        total = wrong = 0
        try:
            for number, row in self._rows:
                total += 1
                if problem := _problem(client, row):
                    wrong += 1
                    if wrong <= MAX_SHOWN:
                        output.say(f"{self.name}:{number}: {output.safe(problem)}")
                else:
                    self._keep(number, cast("Change", row))
        except OSError as error:
            raise self._unreadable(error) from error
        if wrong:
            raise InputError(
                f"{wrong} of {output.count(total)} {'is' if wrong == 1 else 'are'} invalid; "
                "nothing was sent"
            )
        if not total:
            raise InputError(f"{self.name} has no changes")
        self._warn()
        return total

    def _unreadable(self, error: OSError) -> InputError:
        return InputError(f"{self.name} cannot be read: {error.strerror}")

    def _keep(self, number: int, change: Change) -> None:
        dumped = json.dumps(change)
        self._digest.update(f"{number} {dumped}\n".encode())
        insert = "INSERT INTO change VALUES (?, ?, ?)"
        self._database.execute(insert, (number, key_of(change), dumped))

    def _warn(self) -> None:
        """Report fields that are set to two values."""
        more = -MAX_SHOWN
        for number, before, name, template_id in self._database.execute(_REPEATED):
            more += 1
            if more <= 0:
                output.say(
                    f"{self.name}:{number}: warning: line {before} sets {name} of "
                    f"{output.safe(template_id)} to another value; the later one counts"
                )
        if more > 0:
            output.say(f"{output.count(more, 'more warning')} like these")


def _checked(name: str, file: TextIO, *, by_line: bool) -> Iterator[str]:
    """Return the lines of a file, or its parts; raise InputError if it is not UTF-8."""
    line = 1
    while text := file.readline() if by_line else file.read(CHUNK_SIZE):
        if wrong := re.search("[\udc80-\udcff]", text):
            line += text[: wrong.start()].count("\n")
            is_utf_16 = text.startswith(("\udcff\udcfe", "\udcfe\udcff"))
            raise InputError(
                f"{name} is UTF-16, not UTF-8: {_SAVE}"
                if is_utf_16
                else f"line {line} is not UTF-8, but perhaps Windows-1252: {_SAVE}"
            )
        line += text.count("\n")
        yield text


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
