"""What is printed: results on standard output, everything else on standard error.

What came from a server or a file is escaped: nothing in it moves the cursor, hides text, or looks
like a line of its own.
"""

import json
import re
import sys
from contextlib import suppress
from typing import Any, TextIO

# C0, DEL, C1; marks of direction; what some terminals take for the end of a line; lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def safe(text: str) -> str:
    """Return text with every character that could mislead escaped."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def as_json(value: object, **how: Any) -> str:  # noqa: ANN401 - as json.dumps
    """Return JSON in which every character that could mislead is escaped."""
    is_unicode = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    lines = json.dumps(value, ensure_ascii=not is_unicode, **how).split("\n")
    return "\n".join(_UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", line) for line in lines)


def result(text: str) -> None:
    """Print a line of the result."""
    _write(sys.stdout, text)


def say(text: str) -> None:
    """Print a line for the person who looks on; where there is nobody any more, do not."""
    with suppress(OSError, ValueError):
        _write(sys.stderr, text)


def fail(error: object, *more: str) -> None:
    """Print what went wrong, and more about it; an argument of the client is an option here."""
    text = str(error)
    name = getattr(error, "argument", None)
    if name and name != "id":
        text = f"--{name.replace('_', '-')}{text.removeprefix(name)}"
    notes: list[str] = getattr(error, "__notes__", [])
    say(f"error: {safe('; '.join([text, *notes, *more]))}")


def _write(stream: TextIO | None, text: str) -> None:
    if stream:
        print(text, file=stream, flush=True)


def count(number: int, what: str = "change") -> str:
    """Return a number of things in words."""
    return f"{number} {what}{'' if number == 1 else 's'}"
