"""The command ``certifier-client``; the extra ``cli`` installs what it needs."""

import sys


def main() -> None:
    """Run it."""
    try:
        from certifier_client.cli.app import app  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        sys.exit(f"{error.name} is missing: pip install 'certifier-client[cli]'")
    app(prog_name="certifier-client")
