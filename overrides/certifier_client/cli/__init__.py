"""The command ``certifier-client``; the extra ``cli`` installs what it needs."""

import io
import signal
import sys


def main() -> None:
    """Run the command."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)  # if it is ignored, it stays so
    try:
        from certifier_client.cli.app import app  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        sys.exit(f"{error.name} is missing: pip install 'certifier-client[cli]'")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # it may be closed, or of an encoding with gaps
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="certifier-client")


def _stop(number: int, frame: object) -> None:
    """End with the exit code of a command that was interrupted, without a traceback."""
    del number, frame
    sys.exit(130)
