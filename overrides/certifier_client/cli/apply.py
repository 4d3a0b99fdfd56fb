"""The command ``apply``."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from certifier_client import errors
from certifier_client.bulk.change import Change, Outcome, is_fatal
from certifier_client.bulk.jobs import Apply, Compare, Job
from certifier_client.bulk.updates import Updates
from certifier_client.cli import connection, output
from certifier_client.cli.exit_codes import Exit
from certifier_client.cli.progress import Announcing
from certifier_client.cli.recording import each_its_own, recording
from certifier_client.cli.running import Words, run, stopping
from certifier_client.cli.source import Format, Source


def apply(
    file: Annotated[
        str,
        typer.Argument(
            help="CSV with a header, JSON Lines, or JSON; - is standard input.", show_default=False
        ),
    ],
    format: Annotated[  # noqa: A002 - the option's name
        Format | None, typer.Option(help="The format, if the name of the file does not say it.")
    ] = None,
    ignore_columns: Annotated[
        bool, typer.Option("--ignore-columns", help="Ignore columns that are not fields.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Print what would be sent, and send nothing.")
    ] = False,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare",
            help="Print what differs from the current templates, and change nothing. Sends a "
            "request for each change.",
        ),
    ] = False,
    rate: connection.Rate = None,
    workers: connection.Workers = 4,
    journal: Annotated[
        Path | None,
        typer.Option(
            help="The journal to use; by default, it is next to the file.", metavar="PATH"
        ),
    ] = None,
    no_journal: Annotated[
        bool,
        typer.Option("--no-journal", help="Record nothing; a stopped run cannot be continued."),
    ] = False,
    snapshot: Annotated[
        bool,
        typer.Option(
            "--snapshot",
            help="Record each template before its first change, for undo, with an extra request. "
            "Later runs do so too.",
        ),
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write the outcome of each change to this file, as JSON Lines.", metavar="PATH"
        ),
    ] = None,
    failures: Annotated[
        Path | None,
        typer.Option(
            help="Write the changes that were not applied to this file, as JSON Lines for apply.",
            metavar="PATH",
        ),
    ] = None,
    base_url: connection.BaseUrl = None,
    allow_http: connection.AllowHttp = False,
    token_file: connection.TokenFile = None,
    yes: connection.Yes = False,
) -> None:
    """Apply the changes in a file.

    Each column is the id or a field; an empty cell leaves the field unchanged. Separate the items
    of a list with commas, semicolons, spaces or line breaks. The whole file is checked before
    anything is sent. A journal records what is sent: if the run is stopped or killed, the same
    command continues it.

    \b
    Examples:
      certifier-client apply new.csv --plan
      certifier-client apply new.csv --snapshot
      certifier-client undo new.csv.journal
    """  # noqa: D301 - a mark of click
    with closing(Source(file, format, ignore_columns=ignore_columns)) as source:
        client = connection.client_of(base_url, token_file, allow_http=allow_http, offline=plan)
        with client as certifier:
            total = source.check(certifier)
            if plan:
                show_plan(source.changes(), total)
                return

            def updates(job: Job) -> Updates:
                return Updates(certifier, job, workers, Announcing(rate))

            if compare:
                _compare(updates(Compare(source.changes())), source.name)
            path = _journal_path(file, journal, no_journal=no_journal)
            each_its_own(Path(file), path, report, failures)
            digest = source.digest()
            job = Apply(certifier, source.changes(), path, snapshot=snapshot, digest=digest)
            connection.confirm(certifier, output.count(total), yes=yes)
            words = Words(
                total,
                "the same command continues" if path else "what was applied stays applied",
                path,
                "what was rejected is not sent again by this journal: correct it in another file, "
                "or name another journal"
                if path
                else "what was rejected has to be corrected",
            )
            run(updates(job), words, recording(report, failures))


def show_plan(changes: Iterable[tuple[int, Change]], total: int) -> None:
    """Print the changes that would be made."""
    for line, change in changes:
        fields = [
            f"{name} = {output.as_json(value)}" for name, value in change.items() if name != "id"
        ]
        output.result(f"{line}: {output.safe(change['id'])}: {', '.join(fields)}")
    output.say(f"{output.count(total)} would be sent")


def _compare(updates: Updates, name: str) -> NoReturn:
    """Print what each change would change."""
    is_whole = True
    with stopping(updates, "nothing was changed") as signals:
        for outcome in updates:
            is_whole &= outcome.kind in {"same", "different"}
            _show_difference(outcome, name)
    raise typer.Exit(Exit.INTERRUPTED if signals else Exit.OK if is_whole else Exit.PARTIAL)


def _show_difference(outcome: Outcome, source: str) -> None:
    head = f"{outcome.number}: {output.safe(outcome.change['id'])}"
    if outcome.error and not is_fatal(outcome.error):
        output.say(f"{source}:{head}: {output.safe(str(outcome.error))}")
    for name, values in outcome.differences.items():
        output.result(f"{head}: {name}: {' -> '.join(map(output.as_json, values))}")
    if outcome.kind == "same":
        output.result(f"{head}: unchanged")


def _journal_path(file: str, journal: Path | None, *, no_journal: bool) -> Path | None:
    if no_journal:
        return None
    if journal is None and file == "-":
        raise errors.InputError("changes from standard input need --journal PATH, or --no-journal")
    return journal or Path(f"{file}.journal")
