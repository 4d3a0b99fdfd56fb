"""The rows of a file, each with its first line: CSV with a header, JSON Lines, or JSON."""

import csv
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any, cast

from certifier_client.cli import output
from certifier_client.cli.cells import value_of
from certifier_client.cli.columns import columns_of, name_of, unknown
from certifier_client.errors import InputError
from certifier_client.operations import FIELDS, schema_of

Row = tuple[int, "dict[str, Any] | InputError"]

_DELIMITERS = ",;\t|"
_SCHEMAS = {field.name: schema_of(field) for field in FIELDS}
MAX_OBJECT = 1024 * 1024  # characters of an object of an array


def of_csv(lines: Iterator[str], *, ignore_columns: bool) -> Iterator[Row]:
    """Read CSV, as spreadsheets and databases write it."""
    before, first = 0, next(lines, "")
    if found := re.fullmatch(r'"?sep=(.)"?\s*', first):
        before, first = 1, next(lines, "")
    delimiter = found[1] if found else max(_DELIMITERS, key=lambda mark: _known(first, mark))
    reader = csv.reader(itertools.chain([first], lines), delimiter=delimiter, strict=True)
    began = 1
    try:
        header = next(reader)
        columns = columns_of(header, ignore=ignore_columns)
        began = reader.line_num + 1
        for cells_of_row in reader:
            if any(cell.strip() for cell in cells_of_row):
                yield before + began, _row(header, columns, cells_of_row)
            began = reader.line_num + 1
    except InputError as error:
        yield before + began, error
    except csv.Error as error:
        yield before + began, InputError(_broken(str(error), before + reader.line_num))


def _known(header: str, delimiter: str) -> int:
    return sum(name_of(name) is not None for name in header.split(delimiter))


def _broken(problem: str, line: int) -> str:
    if "unexpected end" in problem:
        return "a quote opens in this row and is never closed"
    if "field larger" in problem:
        return f"a cell is longer than {csv.field_size_limit()} characters: is a quote not closed?"
    return f"the row is not CSV, up to line {line}: {problem}"


def _row(
    header: list[str], columns: list[str | None], row: list[str]
) -> "dict[str, Any] | InputError":
    if any(cell.strip() for cell in row[len(columns) :]) or any(columns[len(row) :]):
        cells = output.count(len(row), "cell")
        return InputError(f"it has {cells}, but the header has {len(columns)}")
    change: dict[str, Any] = {}
    for title, name, cell in zip(header, columns, row, strict=False):
        if not cell.strip():
            continue  # an empty cell leaves the field as it is
        if name:
            change[name] = cell.strip() if name == "id" else value_of(_SCHEMAS[name], cell)
        elif not title.strip():
            return InputError(f"{cell!r} is in a column without a name")
    return change


def of_json_lines(lines: Iterator[str], *, ignore_columns: bool) -> Iterator[Row]:
    """Read an object from each line."""
    for line, text in enumerate(lines, 1):
        if text.strip():
            try:
                yield line, _fields(_DECODER.decode(text), ignore=ignore_columns)
            except (ValueError, RecursionError) as error:
                yield line, _not_json(error)


def of_json(parts: Iterator[str], *, ignore_columns: bool) -> Iterator[Row]:
    """Read the objects of an array, of which only one and a part are in memory.

    The number of an object is its line; if that is taken, the next one.
    """
    text, line, number, blank = "", 1, 0, " \t\r\n"
    while text := text or next(parts, ""):
        rest = text.lstrip(blank)
        line += text.removesuffix(rest).count("\n")
        if not rest:
            text = ""
        elif "," not in blank:
            if rest[0] != "[":
                break
            text, blank = rest[1:], blank + ","
        elif rest[0] == "]":
            if rest[1:].strip() or any(part.strip() for part in parts):
                yield line, InputError("something follows the array")
            return
        else:
            try:
                value, end = _DECODER.raw_decode(rest)
            except (ValueError, RecursionError) as error:
                is_whole = isinstance(error, InputError) or len(rest) > MAX_OBJECT
                if is_whole or not (more := next(parts, "")):
                    yield line, _not_json(error)
                    return
                text = rest + more
            else:
                number = max(line, number + 1)
                yield number, _fields(value, ignore=ignore_columns)
                line += rest[:end].count("\n")
                text = rest[end:]
    is_cut = "," in blank
    yield line, InputError(f"the array {'has no end' if is_cut else 'of changes does not begin'}")


def _not_json(error: Exception) -> InputError:
    if isinstance(error, InputError):
        return error
    reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return InputError(f"it is not JSON: {reason}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"the key {twice!r} is repeated")
    return members


def _constant(constant: str) -> None:
    raise ValueError(f"{constant} is not a number in JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


def _fields(value: object, *, ignore: bool) -> "dict[str, Any] | InputError":
    if not isinstance(value, dict):
        return InputError("it is not an object with an id and the fields to set")
    change: dict[str, Any] = {}
    for spelling, member in cast("dict[str, Any]", value).items():
        name = name_of(spelling)
        if name is None:
            if not ignore:
                return InputError(unknown(spelling))
        elif name in change:
            return InputError(f"{name} is repeated")
        else:
            change[name] = member
    return change
