"""The command on its own terminal."""

import fcntl
import os
import pty
import re
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from bulk.command import started


class Terminal:
    """What a person sees and types."""

    def __init__(self, end: int, process: subprocess.Popen[str]) -> None:
        self._end = end
        self.process = process
        self.shown = ""

    @property
    def text(self) -> str:
        """What it has shown, without colours and movements of the cursor."""
        return re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", self.shown)

    def wait_for(self, said: str) -> None:
        """Wait until it shows something."""
        while not re.search(said, self.shown):
            assert self._read(), f"{said!r} did not come: {self.shown}"

    def type(self, text: str) -> None:
        """Type."""
        os.write(self._end, text.encode())

    def code(self, typed: str = "") -> int:
        """Type, wait until the command has ended, and return its exit code."""
        self.type(typed)
        while self._read():
            pass
        return self.process.wait()

    def _read(self) -> bool:
        try:
            data = os.read(self._end, 4096)
        except OSError:  # the other end is closed
            return False
        self.shown += data.decode(errors="replace")
        return bool(data)


@contextmanager
def on_terminal(*arguments: object, columns: int = 80, **given: Any) -> Iterator[Terminal]:
    """Run the command on a terminal, whose Ctrl-C reaches it."""
    end, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), theirs)
    take = partial(fcntl.ioctl, theirs, termios.TIOCSCTTY, 0)
    options: Any = {**streams, "preexec_fn": take, "start_new_session": True, **given}
    with started(*arguments, **options) as process:
        os.close(theirs)
        yield Terminal(end, process)
    os.close(end)
