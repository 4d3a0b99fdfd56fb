"""Print results on standard output, and everything else on standard error.

Text from a server or a file is escaped, so that it cannot move the cursor, hide text, or look like
another line.
"""

import json
import os
import re
import sys
from typing import Any, TextIO

# C0, DEL, C1; bidirectional marks; line separators; lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def safe(text: str) -> str:
    """Return text with misleading characters escaped."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def as_json(value: object, **options: Any) -> str:  # noqa: ANN401 - of json.dumps
    """Return JSON with misleading characters escaped."""
    is_unicode = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    lines = json.dumps(value, ensure_ascii=not is_unicode, **options).split("\n")
    return "\n".join(_UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", line) for line in lines)


def result(text: str) -> None:
    """Print a line of the result."""
    _write(sys.stdout, text)


def say(text: str) -> None:
    """Print a message; ignore it if nobody reads standard error."""
    try:
        _write(sys.stderr, text)
    except OSError:
        discard(sys.stderr)


def discard(stream: TextIO) -> None:
    """Write what a stream still holds nowhere: Python would try it again when it ends, and fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def fail(error: object, *more: str) -> None:
    """Print an error, and further lines; the client's arguments are shown as options."""
    text = str(error)
    name = getattr(error, "argument", None)
    if name and name != "id" and text.startswith(name):
        text = f"--{name.replace('_', '-')}{text.removeprefix(name)}"
    notes: list[str] = getattr(error, "__notes__", [])
    say(f"error: {safe('; '.join([text, *notes, *more]))}")


def _write(stream: TextIO | None, text: str) -> None:
    if stream:
        print(text, file=stream, flush=True)


def count(number: int, what: str = "change") -> str:
    """Return a number with its noun, such as "2 changes"."""
    return f"{number} {what}{'' if number == 1 else 's'}"
