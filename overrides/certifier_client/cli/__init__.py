"""The command ``certifier-client``; the extra ``cli`` installs what it needs."""

import sys
from io import TextIOWrapper


def main() -> None:
    """Run it."""
    try:
        from certifier_client.cli.app import app  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        sys.exit(f"{error.name} is missing: pip install 'certifier-client[cli]'")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # which may be closed, or of an encoding with gaps
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="certifier-client")
