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
    close = difflib.get_close_matches(_plain(spelling), _BY_SPELLING)
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
    others = [name for name in header if name.strip() and not name_of(name) and not ignore]
    problems = [
        *map(unknown, others),
        *(f"two columns are {name}" for name in NAMES if columns.count(name) > 1),
        *["no column is id"] * ("id" not in columns),
        *["--ignore-columns ignores other columns"] * bool(others),
    ]
    if problems:
        raise InputError(f"the header is invalid: {'; '.join(problems)}")
    return columns
