"""The command ``undo``."""

from pathlib import Path
from typing import Annotated

import typer

from certifier_client import errors
from certifier_client.bulk.change import PlannedChange, fields_of
from certifier_client.bulk.undoing import Undo
from certifier_client.bulk.updates import Updates
from certifier_client.cli import connection, output
from certifier_client.cli.exit_codes import Exit
from certifier_client.cli.progress import Announcing
from certifier_client.cli.recording import recording
from certifier_client.cli.running import Words, run


def undo(
    journal: Annotated[
        Path,
        typer.Argument(help="The journal of a run with --snapshot.", show_default=False),
    ],
    plan: Annotated[
        bool, typer.Option("--plan", help="Print what would be restored, and send nothing.")
    ] = False,
    rate: connection.Rate = None,
    workers: connection.Workers = 4,
    base_url: connection.BaseUrl = None,
    allow_http: connection.AllowHttp = False,
    token_file: connection.TokenFile = None,
    yes: connection.Yes = False,
) -> None:
    """Restore each template that a run changed, or may have changed.

    It is restored to its state before the first request that may have changed it. A field that was
    empty cannot be restored, because the API cannot clear a field: this is reported, and the exit
    code is 8. Line numbers in messages are those of the applied file. The same apply command can
    apply it again.

    \b
    Examples:
      certifier-client undo new.csv.journal --plan
      certifier-client undo new.csv.journal
    """  # noqa: D301 - a mark of click
    if not journal.exists():
        raise errors.InputError(f"the journal {journal} does not exist")
    with connection.client_of(
        base_url, token_file, allow_http=allow_http, offline=plan
    ) as certifier:
        found = restorable = 0
        is_whole = True
        for planned in certifier.credential_templates.plan_undo(journal):
            found += 1
            restorable += bool(fields_of(planned.change))
            is_whole &= not planned.problems
            if plan:
                _show(planned)
        if not found:
            output.say(f"{journal}: nothing to do")
            return
        if plan:
            output.say(f"{output.count(restorable, 'template')} would be restored")
            raise typer.Exit(Exit.OK if is_whole else Exit.PARTIAL)
        connection.confirm(certifier, f"{output.count(found, 'template')} to restore", yes=yes)
        updates = Updates(certifier, Undo(certifier, journal), workers, Announcing(rate))
        words = Words(
            found,
            "the same command continues",
            None,
            "what cannot be restored stays unchanged",
            "template",
            "restoring",
        )
        run(updates, words, recording())


def _show(planned: PlannedChange) -> None:
    head = f"{planned.number}: {output.safe(planned.change['id'])}"
    for name, value in fields_of(planned.change).items():
        output.result(f"{head}: {name} = {output.as_json(value)}")
    for problem in planned.problems:
        output.say(f"{head}: not restored: {output.safe(problem)}")
