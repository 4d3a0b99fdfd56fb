"""The help of the commands, for its snapshot help.txt."""

import io
import os
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from functools import partial
from unittest import mock

from certifier_client.cli.app import app
from certifier_sandbox.__main__ import main

NAME = "certifier-client"


def help_of_commands() -> str:
    """Return what --help of each command prints in 80 columns."""
    calls: dict[str, Callable[[], object]] = {
        "certifier-sandbox": partial(main, ["--help"]),
        NAME: partial(app, ["--help"], NAME),
        **{
            f"{NAME} {command}": partial(app, [command, "--help"], NAME)
            for command in ("update", "apply", "undo")
        },
    }
    return "\n".join(f"$ {name} --help\n{_printed(call)}" for name, call in calls.items())


def _printed(call: Callable[[], object]) -> str:
    plain = {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    with redirect_stdout(io.StringIO()) as out, mock.patch.dict(os.environ, plain):
        with suppress(SystemExit):
            call()
        return out.getvalue()
