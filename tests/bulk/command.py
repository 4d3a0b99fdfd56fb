"""The command, in this process or in another."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from certifier_client.cli import main
from support import PATIENCE

COMMAND = [sys.executable, "-m", "certifier_client"]
os.environ.pop("PYTHONUNBUFFERED", None)  # it would hide a missing flush

Shown = subprocess.CompletedProcess[str]


def certifier(*arguments: object, input: str | None = "", encoding: str = "utf-8") -> Shown:  # noqa: A002 - as of subprocess
    """Run the command to its end in this process; its standard streams are not a terminal.

    Its standard input has some text, or is closed for None, which Python then has in its place.
    """
    command = ["certifier-client", *map(str, arguments)]
    out, err = io.BytesIO(), io.BytesIO()
    changed: Any = {
        "argv": command,
        "excepthook": sys.excepthook,  # typer sets its own
        "stdin": None if input is None else io.TextIOWrapper(io.BytesIO(input.encode()), "utf-8"),
        "stdout": io.TextIOWrapper(out, encoding=encoding, write_through=True),
        "stderr": io.TextIOWrapper(err, encoding=encoding, write_through=True),
    }
    on_interrupt = signal.getsignal(signal.SIGINT)
    with mock.patch.multiple(sys, **changed), pytest.raises(SystemExit) as ended:
        main()
    signal.signal(signal.SIGINT, on_interrupt)  # which the command sets for its process
    assert isinstance(ended.value.code, int)
    shown = [stream.getvalue().decode(encoding) for stream in (out, err)]
    return subprocess.CompletedProcess(command, ended.value.code, *shown)


def certifier_of(command: list[str], **given: Any) -> Shown:
    """Run a command line to its end, for what only a process shows."""
    options: Any = {
        "input": "",
        "capture_output": True,
        "encoding": "utf-8",
        "timeout": PATIENCE,
        **given,
    }
    return subprocess.run(command, check=False, **options)


@contextlib.contextmanager
def started(*arguments: object, **given: Any) -> Iterator[subprocess.Popen[str]]:
    """Start the command in another process, and end it after the block or a timeout."""
    options: Any = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.PIPE,
    }
    command = [*COMMAND, *map(str, arguments)]
    with subprocess.Popen(command, text=True, **(options | given)) as process:
        too_long = threading.Timer(PATIENCE, process.kill)
        too_long.start()
        try:
            yield process
        finally:
            too_long.cancel()
            process.kill()
