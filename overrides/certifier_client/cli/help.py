"""The help of a command: in narrow terminals too, and with the exit codes as a table."""

import functools
from typing import Any

from typer.core import TyperCommand, TyperGroup

from certifier_client.cli.exit_codes import MEANINGS


class Command(TyperCommand):
    """A command with this help. Its formatter is click's, which typer has a copy of."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the help."""
        super().format_help(ctx, narrowed(formatter))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the exit codes."""
        del ctx
        write_exit_codes(formatter)


class Group(TyperGroup):
    """The same of all commands together."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the help."""
        super().format_help(ctx, narrowed(formatter))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the exit codes."""
        del ctx
        write_exit_codes(formatter)


def narrowed(formatter: Any) -> Any:  # noqa: ANN401
    """Return a formatter whose tables leave most of the width to their second column."""
    formatter.write_dl = functools.partial(formatter.write_dl, col_max=formatter.width // 3)
    return formatter


def write_exit_codes(formatter: Any) -> None:  # noqa: ANN401
    """Write the exit codes as a table."""
    with formatter.section("Exit codes"):
        formatter.write_dl([(str(code.value), meaning) for code, meaning in MEANINGS.items()])
