"""A value that is not what its schema says."""

import reprlib
from collections.abc import Callable
from typing import Any

Convert = Callable[[Any], Any]

_brief = reprlib.Repr()  # what was passed is shown, but never all of something huge
_brief.maxstring = _brief.maxother = 100


def shown(value: object) -> str:
    """Return a value as an error message shows it."""
    try:
        return _brief.repr(value)
    except Exception:  # noqa: BLE001 - such as of a number of 5,000 digits
        return f"a {type(value).__name__}"


class Mismatch(Exception):  # noqa: N818 - not an error until the caller says of what
    """A value is not what its schema says.

    Attributes:
        expected: what the schema says; or, if the type is right, which rule is broken.
        value: what was there.
        path: where, from the outermost value.

    """

    def __init__(self, expected: str, value: object, *, is_rule: bool = False) -> None:
        super().__init__(expected)
        self.expected = expected
        self.value = value
        self.is_rule = is_rule
        self.path = ""

    def within(self, part: str) -> "Mismatch":
        """Return the same mismatch, seen from the value around it."""
        self.path = part + self.path
        return self


def plain(value: object) -> str | None:
    """Return the text itself, also of an Enum or another subclass, whose str() may differ."""
    return str.__str__(value) if isinstance(value, str) else None
