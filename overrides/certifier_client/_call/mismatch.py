"""A value that does not match its schema."""

import reprlib
from collections.abc import Callable
from typing import Any

Convert = Callable[[Any], Any]

_brief = reprlib.Repr()  # values are shown, but huge ones are cut
_brief.maxstring = _brief.maxother = 100


def shown(value: object) -> str:
    """Return a value as an error message shows it."""
    try:
        if isinstance(value, int):
            repr(value)  # fails for a huge one, which reprlib of Python 3.14 describes
        return _brief.repr(value)
    except Exception:  # noqa: BLE001 - such as for a number with 5,000 digits
        return f"a {type(value).__name__}"


class Mismatch(Exception):  # noqa: N818 - the caller turns it into an error
    """A value does not match its schema.

    Attributes:
        expected: what the schema expects; or, if the type is right, which rule is broken.
        value: the value.
        path: the path to it, from the outermost value.

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
