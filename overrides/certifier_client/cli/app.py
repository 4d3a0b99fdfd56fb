"""The commands."""

import functools
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from certifier_client.cli import apply, output, undo, update
from certifier_client.cli.exit_codes import Exit, code_of
from certifier_client.cli.help import Command, Group
from certifier_client.errors import CertifierError
from certifier_client.version import __version__

app = typer.Typer(
    help="Update Certifier's credential templates, one or hundreds.\n\n"
    "The access token comes from CERTIFIER_ACCESS_TOKEN, from --token-file, or from a prompt.\n\n"
    "\b\nExamples:\n"
    "  certifier-client update ID --name Markets\n"
    "  certifier-client apply new.csv --plan",
    cls=Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:  # noqa: FBT001 - typer's callbacks are called so
    if asked:
        output.result(f"certifier-client {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def _reporting(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that reports each error in one line, and ends with its exit code."""

    @functools.wraps(command)
    def reported(**options: object) -> None:
        try:
            command(**options)
        except CertifierError as error:
            output.fail(error)
            raise typer.Exit(code_of(error)) from None
        except typer.Abort:
            output.say("stopped: nothing was sent")
            raise typer.Exit(Exit.INTERRUPTED) from None
        except OSError as error:
            output.fail(f"the output cannot be written: {error.strerror}")
            output.discard(sys.stdout)
            raise typer.Exit(Exit.USAGE) from None

    return reported


for command in (update.update, apply.apply, undo.undo):
    app.command(cls=Command)(_reporting(command))
