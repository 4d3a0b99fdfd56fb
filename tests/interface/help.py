"""The help of the commands, for its snapshot help.txt."""

import os
import sys

from support import run

COMMANDS = {
    "certifier-sandbox": [],
    "certifier-client": [],
    **{f"certifier-client {name}": [name] for name in ("update", "apply", "undo")},
}


def help_of_commands() -> str:
    """Return what --help of each command prints in 80 columns."""
    return "\n".join(
        f"$ {command} --help\n{help_of(command.split()[0], *arguments)}"
        for command, arguments in COMMANDS.items()
    )


def help_of(command: str, *arguments: str, columns: int = 80) -> str:
    """Return what --help of a command prints."""
    plain = {"COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "dumb"}
    module = command.replace("-", "_")
    shown = run(sys.executable, "-m", module, *arguments, "--help", env={**os.environ, **plain})
    assert shown.returncode == 0, shown.stderr
    return shown.stdout
