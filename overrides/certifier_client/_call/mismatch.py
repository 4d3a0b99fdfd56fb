"""The exception for a value that does not match its schema."""

import reprlib
from collections.abc import Callable
from typing import Any

Convert = Callable[[Any], Any]

_brief = reprlib.Repr()  # shortens huge values
_brief.maxstring = _brief.maxother = 100


def shown(value: object) -> str:
    """Return a short repr of a value, for error messages."""
    try:
        if isinstance(value, int):
            repr(value)  # fails for a huge number, for which reprlib of Python 3.14 does not
        return _brief.repr(value)
    except Exception:  # noqa: BLE001 - such as for a number with 5,000 digits
        return f"a value of type {type(value).__name__}"


class Mismatch(Exception):  # noqa: N818 - the caller turns it into an error
    """A value does not match its schema.

    Attributes:
        expected: what the schema expects, or which rule the value breaks.
        value: the value that the message will show; a rule has its own message.
        is_rule: whether the value has the right type, but breaks a rule.
        path: the path to the value, from the outermost one.

    """

    def __init__(self, expected: str, value: object = None, *, is_rule: bool = False) -> None:
        super().__init__(expected)
        self.expected = expected
        self.value = value
        self.is_rule = is_rule
        self.path = ""

    def within(self, part: str) -> "Mismatch":
        """Return this mismatch with its path extended by a part in front."""
        self.path = part + self.path
        return self


def plain(value: object) -> str | None:
    """Return the text of a string, even of a subclass whose str() differs, such as an Enum."""
    return str.__str__(value) if isinstance(value, str) else None
