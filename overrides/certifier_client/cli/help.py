"""The help of a command: in narrow terminals too, and with the exit codes as a table."""

import functools
from typing import Any

from typer.core import TyperCommand, TyperGroup

from certifier_client.cli.exit_codes import Exit


class _Help:
    """Writes the help with the formatter of click, which typer has a copy of."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the help; tables leave most of the width to their second column."""
        formatter.write_dl = functools.partial(formatter.write_dl, col_max=formatter.width // 3)
        super().format_help(ctx, formatter)  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the exit codes."""
        del ctx
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code.value), code.meaning) for code in Exit])


class Command(_Help, TyperCommand):
    """A command with this help."""


class Group(_Help, TyperGroup):
    """All commands together, with this help."""
