"""Changes from a file: CSV with a header, JSON Lines, or JSON; each with the line it is from."""

import csv
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast

import attrs

from certifier_client._call.decode import decode
from certifier_client.bulk.change import Change
from certifier_client.credential_templates import request_of_update
from certifier_client.errors import InputError
from certifier_client.options import Settings

FORMATS = ("csv", "jsonl", "json")
_BY_SUFFIX = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json"}
# The names of the API are taken as well as those of the client.
_NAMES = {
    "id": "id",
    "name": "name",
    "design_ids": "design_ids",
    "designIds": "design_ids",
    "learning_event_url": "learning_event_url",
    "learningEventUrl": "learning_event_url",
}


@attrs.frozen
class Fault:
    """What is wrong with a line."""

    line: int
    told: str


class Source:
    """A file of changes as it is now, which is read as often as it takes, never held in memory.

    Args:
        path: of the file; ``-`` for standard input.
        format: one of FORMATS; not given: what the file's name says.

    Raises:
        InputError: there is no such file, or its format is not known.

    """

    def __init__(self, path: str, format: str | None = None) -> None:  # noqa: A002 - as the option
        self.name = "standard input" if path == "-" else path
        self.format = format or _BY_SUFFIX.get(Path(path).suffix.lower())
        if self.format not in FORMATS:
            raise InputError(
                f"the format of {self.name} is not known: pass --format csv, jsonl or json"
            )
        try:
            self._file = _copied(path)
        except OSError as error:
            raise InputError(f"{self.name} cannot be read: {error.strerror}") from error

    def close(self) -> None:
        """Let go of what was read."""
        self._file.close()

    def digest(self) -> str:
        """Return what identifies the content."""
        self._file.seek(0)
        return hashlib.file_digest(cast("Any", self._file), "sha256").hexdigest()

    def changes(self) -> Iterator[Change]:
        """Give each change; the file has been checked before."""
        for _, change in self._read():
            if isinstance(change, InputError):
                raise change
            yield change

    def check(self, settings: Settings) -> Iterator[tuple[int, Change] | Fault]:
        """Give each line's change, or what is wrong with it."""
        for line, change in self._read():
            if isinstance(change, InputError):
                yield Fault(line, str(change))
                continue
            fields: Any = {name: value for name, value in change.items() if name != "id"}
            try:
                request_of_update(settings, change["id"], fields)
            except InputError as error:
                yield Fault(line, str(error))
            else:
                yield (line, change) if fields else Fault(line, "it sets nothing")

    def _read(self) -> Iterator[tuple[int, Change | InputError]]:
        self._file.seek(0)
        rows = {"csv": self._csv, "jsonl": self._lines, "json": self._json}[self.format or ""]
        for line, row in rows():
            try:
                yield line, _change(row)
            except InputError as error:
                yield line, error

    def _csv(self) -> Iterator[tuple[int, object]]:
        lines = self._text()
        first = next(lines, "")
        comma = ";" if ";" in first and "," not in first else ","
        rows = csv.reader(chain([first], lines), delimiter=comma, strict=True)
        try:
            header = next(rows, list[str]())
            if problem := _header_problem(header):
                yield 1, problem
                return
            for row in rows:
                if any(row):
                    yield rows.line_num, _row(header, row)
        except csv.Error as error:
            yield rows.line_num, InputError(f"it is no CSV: {error}")

    def _lines(self) -> Iterator[tuple[int, object]]:
        for line, text in enumerate(self._text(), 1):
            if text.strip():
                yield line, _parsed(text)

    def _json(self) -> Iterator[tuple[int, object]]:
        # Its elements have no lines of their own; they are counted.
        value = _parsed("".join(self._text()))
        if isinstance(value, InputError):
            yield 1, value
        elif isinstance(value, list):
            yield from enumerate(cast("list[object]", value), 1)
        else:
            yield 1, InputError("the file is no array of changes")

    def _text(self) -> Iterator[str]:
        for line, data in enumerate(self._file, 1):
            try:
                yield data.decode("utf-8-sig" if line == 1 else "utf-8")
            except UnicodeDecodeError:
                raise InputError(f"{self.name}, line {line}: it is not UTF-8") from None


def _copied(path: str) -> IO[bytes]:
    # A pipe is read only once, and a file may change between the check and the sending.
    if path == "-" and not sys.stdin:
        raise InputError("standard input is closed")
    with Path(path).open("rb") if path != "-" else nullcontext(sys.stdin.buffer) as file:
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - close() closes it
        shutil.copyfileobj(file, copy)
    return copy


def _row(header: list[str], cells: list[str]) -> object:
    if len(cells) != len(header):
        return InputError(f"it has {len(cells)} cells, and the header has {len(header)}")
    row: dict[str, object] = {
        _NAMES[name]: cell for name, cell in zip(header, cells, strict=True) if cell
    }
    if "design_ids" in row:
        row["design_ids"] = str(row["design_ids"]).split()
    return row


def _header_problem(header: list[str]) -> InputError | None:
    named = [_NAMES.get(name) for name in header]
    if None in named:
        unknown = header[named.index(None)]
        return InputError(f"the header has {unknown!r}: there are {', '.join(_NAMES)}")
    if "id" not in named:
        return InputError("the header has no id")
    if len(set(named)) < len(named):
        return InputError("the header has a column twice")
    return None


def _parsed(text: str) -> object:
    try:
        return decode(text)
    except ValueError as error:
        return InputError(f"it is no JSON: {error}")


def _change(row: object) -> Change:
    if isinstance(row, InputError):
        raise row
    if not isinstance(row, dict):
        raise InputError("it is no object with an id and the fields to set")
    change: dict[str, object] = {}
    for name, value in cast("dict[str, object]", row).items():
        if name not in _NAMES:
            raise InputError(f"unknown field {name!r}: there are {', '.join(_NAMES)}")
        if _NAMES[name] in change:
            raise InputError(f"{name} is there twice")
        change[_NAMES[name]] = value
    if "id" not in change:
        raise InputError("it has no id")
    return cast("Change", change)
