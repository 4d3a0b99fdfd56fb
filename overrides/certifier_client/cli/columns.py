"""The names of fields, in any spelling."""

import difflib
import re
from collections.abc import Sequence

from certifier_client.errors import InputError
from certifier_client.operations import FIELDS

NAMES = ("id", *(field.name for field in FIELDS))


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


_BY_SPELLING = {_plain(name): name for name in NAMES} | {
    _plain(field.wire): field.name for field in FIELDS
}


def name_of(spelling: str) -> str | None:
    """Return the field with a name, which may be in any case, with spaces or underscores."""
    return _BY_SPELLING.get(_plain(spelling))


def unknown(spelling: str) -> str:
    """Return a message about an unknown field, with a suggestion."""
    close = difflib.get_close_matches(_plain(spelling), _BY_SPELLING, 1, 0.6)
    hint = (
        f"did you mean {_BY_SPELLING[close[0]]}?" if close else f"the fields are {', '.join(NAMES)}"
    )
    return f"{spelling!r} is not a field: {hint}"


def columns_of(header: Sequence[str], *, ignore: bool) -> list[str | None]:
    """Return the field of each column (None to ignore it), or raise InputError.

    Args:
        header: the names.
        ignore: whether to ignore columns that are not fields.

    """
    columns = [name_of(name) for name in header]
    problems = [
        unknown(name)
        for name, column in zip(header, columns, strict=True)
        if name.strip() and column is None and not ignore
    ]
    problems += [f"two columns are {name}" for name in NAMES if columns.count(name) > 1]
    if "id" not in columns:
        problems.append("no column is id")
    if problems:
        hint = (
            "; --ignore-columns ignores other columns"
            if any("is not a field" in problem for problem in problems)
            else ""
        )
        raise InputError(f"the header is invalid: {'; '.join(problems)}{hint}")
    return columns
