"""The commands and their options."""

import json
import os
import signal
import sys
import time
from array import array
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import IO, Annotated, Any, NoReturn, cast

import typer

from certifier_client import errors
from certifier_client._call.request import Builder
from certifier_client.bulk.change import Change, Outcome
from certifier_client.bulk.journal import Journal
from certifier_client.bulk.pace import Pace
from certifier_client.bulk.run import Updates, fields_of, kind_of
from certifier_client.cli import show
from certifier_client.cli.back import Undo, backs
from certifier_client.cli.exits import MEANINGS, Exit, code_of
from certifier_client.cli.files import Fault, Source
from certifier_client.client import Certifier
from certifier_client.credential_templates import request_of_update
from certifier_client.options import Options, Settings
from certifier_client.version import __version__

_FAULTS = 50  # as many are told; the others are counted

_HIDDEN: Options = {"access_token": "hidden"}  # where nothing is sent
_EPILOG = f"Exit codes: {'; '.join(f'{code.value} {told}' for code, told in MEANINGS.items())}."

_Record = Callable[[int, Outcome], None]  # is told the line of a change, and what came of it

app = typer.Typer(
    help="Update Certifier's credential templates, one or hundreds. The access token comes from "
    "CERTIFIER_ACCESS_TOKEN, from --token-file, or from a prompt.",
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

BaseUrl = Annotated[
    str | None,
    typer.Option(envvar="CERTIFIER_BASE_URL", help="Where the API is.", show_default=False),
]
TokenFile = Annotated[
    Path | None, typer.Option(help="A file that holds the access token alone.", show_default=False)
]
Rate = Annotated[
    float | None,
    typer.Option(help="Requests a second at most; without it, as many as the service takes."),
]
Workers = Annotated[int, typer.Option(help="Updates that are under way at a time.")]
JournalFile = Annotated[
    Path | None,
    typer.Option(help="Where to record what is sent; without it, beside the file.", metavar="PATH"),
]


@contextmanager
def _told() -> Generator[None]:
    """Turn an error into a line that says it, and its exit code."""
    try:
        yield
    except errors.CertifierError as error:
        show.err.print(f"error: {error}")
        raise typer.Exit(code_of(error)) from None


def _token(file: Path | None) -> Options:
    """Return the option of the token; the environment's is found by the client itself."""
    if file:
        try:
            token = file.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise errors.InputError(f"the token file {file} cannot be read: {error}") from None
        if not token.strip():
            raise errors.InputError(f"the token file {file} is empty")
        return {"access_token": token}
    if "CERTIFIER_ACCESS_TOKEN" in os.environ:
        return {}
    if not (sys.stdin and sys.stdin.isatty()):
        raise errors.InputError("no access token: set CERTIFIER_ACCESS_TOKEN or pass --token-file")
    return {"access_token": typer.prompt("Access token", hide_input=True, err=True)}


def _options(base_url: str | None, token: Options) -> Options:
    return {**token, "base_url": base_url} if base_url is not None else token


def _version(asked: bool) -> None:  # noqa: FBT001 - typer's callbacks are called so
    if asked:
        show.out.print(f"certifier-client {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command(epilog=_EPILOG)
def update(
    id: Annotated[  # noqa: A002 - the documentation's name
        str, typer.Argument(help="The id of the credential template.", show_default=False)
    ],
    name: Annotated[str | None, typer.Option(help="Its new name.", show_default=False)] = None,
    design_id: Annotated[
        list[str] | None,
        typer.Option(
            help="A design's id; given again for each, they replace all.", show_default=False
        ),
    ] = None,
    learning_event_url: Annotated[
        str | None, typer.Option(help="Its new learning-event URL.", show_default=False)
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the template as JSON, as the API has it.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the request, also for curl, and send nothing.")
    ] = False,
    base_url: BaseUrl = None,
    token_file: TokenFile = None,
) -> None:
    """Set fields of one credential template; what is left out stays as it is.

    Without a field the template is not changed, and shown as it is.

    Example: certifier-client update 01g90279gp5sbmfek7wymcsvec --name "Financial Markets"
    """
    given = {"name": name, "design_ids": design_id, "learning_event_url": learning_event_url}
    fields = cast("Any", {name: value for name, value in given.items() if value})
    with _told():
        if "" in (name, learning_event_url, *(design_id or ())):
            raise errors.InputError("a field is empty: leave its option out to keep it as it is")
        if dry_run:
            settings = Settings.of(_options(base_url, _HIDDEN))
            kwargs, _ = request_of_update(settings, id, fields)
            show.request(Builder(settings).build("hidden", **kwargs))
            return
        with Certifier(**_options(base_url, _token(token_file))) as certifier:
            found = certifier.credential_templates.update(id, **fields)
            show.template(found, as_json=as_json)


@app.command(epilog=_EPILOG)
def apply(
    file: Annotated[
        str, typer.Argument(help="CSV with a header, JSON Lines, or JSON; - is standard input.")
    ],
    format: Annotated[  # noqa: A002 - the option's name
        str | None, typer.Option(help="csv, jsonl or json, where the name does not say it.")
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Print what would be sent, and send nothing.")
    ] = False,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare",
            help="Print what differs from the templates as they are, and change nothing. A request "
            "is sent for each: an update without a field answers with the template.",
        ),
    ] = False,
    rate: Rate = None,
    workers: Workers = 4,
    journal: JournalFile = None,
    no_journal: Annotated[
        bool, typer.Option("--no-journal", help="Record nothing: a run cannot go on then.")
    ] = False,
    keep_before: Annotated[
        bool,
        typer.Option(
            "--keep-before",
            help="Record each template before it is changed, for undo: a request more.",
        ),
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write what came of each change there, as JSON Lines.")
    ] = None,
    failures: Annotated[
        Path | None,
        typer.Option(
            help="Write the changes that were not applied there, as JSON Lines, to feed in again."
        ),
    ] = None,
    base_url: BaseUrl = None,
    token_file: TokenFile = None,
) -> None:
    """Make the changes that a file lists.

    The columns or fields are id, name, design_ids and learning_event_url; an empty cell leaves a
    field as it is, and a CSV cell has design ids with spaces between. The whole file is checked
    before anything is sent. A journal records what is sent: when a run was stopped, however it was,
    the same command goes on.

    Examples: certifier-client apply changes.csv --plan; certifier-client apply changes.csv --rate 5
    """
    with _told(), closing(Source(file, format)) as source:
        options = _options(base_url, _HIDDEN if plan else _token(token_file))
        lines = _check(source, Settings.of(options))
        if plan:
            for line, change in _planned(source, options):
                show.change(line, change)
            show.err.print(f"{show.count(len(lines))} would be sent")
            return
        pace = show.ShownPace(rate)
        with Certifier(**options) as certifier:
            if compare:
                _compare(certifier, source, options, pace)
            path = _journal_path(file, journal, no_journal=no_journal)
            _each_its_own(Path(file), path, report, failures)
            with closing(Journal(path, source.digest())) if path else nullcontext() as held:
                updates = certifier.credential_templates.update_many(
                    source.changes(),
                    workers=workers,
                    rate=pace,
                    journal=held,
                    keep_before=keep_before,
                )
                _run(updates, lines, held, _recording(report, failures))


@app.command(epilog=_EPILOG)
def undo(
    journal: Annotated[Path, typer.Argument(help="The journal of a run with --keep-before.")],
    rate: Rate = None,
    workers: Workers = 4,
    base_url: BaseUrl = None,
    token_file: TokenFile = None,
) -> None:
    """Put back each template that a run changed, or may have changed, as it was before the run.

    A field that was empty cannot be put back, since the API cannot empty one: it is told, and the
    exit code is 8 then. What was put back, the command that applied it applies again.

    Example: certifier-client undo changes.csv.journal
    """
    with _told():
        if not journal.exists():
            raise errors.InputError(f"there is no journal {journal}")
    with _told(), closing(Journal(journal)) as kept:
        options = _options(base_url, _token(token_file))
        found = list(backs(kept, Settings.of(options)))
        if found and not any(back.numbers for back in found):
            raise errors.InputError(f"{journal} has no templates as they were: see --keep-before")
        for back in found:
            for problem in back.problems:
                show.err.print(f"{back.change['id']}: {problem}")
        sent = [back for back in found if fields_of(back.change)]
        with Certifier(**options) as certifier:
            updates = certifier.credential_templates.update_many(
                [back.change for back in sent],
                workers=workers,
                rate=show.ShownPace(rate),
                journal=cast("Journal", Undo(kept, sent)),
            )
            first = [back.numbers[-1] for back in sent]
            whole = not any(back.problems for back in found)
            _run(
                updates,
                first,
                kept,
                nullcontext(lambda _line, _outcome: None),
                undoing=True,
                left_out=not whole,
            )


def _check(source: Source, settings: Settings) -> Sequence[int]:
    """Return the line of each change; print all that is wrong with them, and raise then."""
    lines = array("Q")  # 8 bytes each, however many there are
    wrong = 0
    for found in source.check(settings):
        lines.append(found.line if isinstance(found, Fault) else found[0])
        if isinstance(found, Fault):
            wrong += 1
            if wrong <= _FAULTS:
                show.err.print(f"{source.name}:{found.line}: {found.told}")
    if wrong:
        raise errors.InputError(f"{wrong} of {len(lines)} changes are wrong; nothing was sent")
    if not lines:
        raise errors.InputError(f"{source.name} has no changes")
    return lines


def _planned(source: Source, options: Options) -> Iterator[tuple[int, Change]]:
    for found in source.check(Settings.of(options)):
        if not isinstance(found, Fault):
            yield found


def _compare(certifier: Certifier, source: Source, options: Options, pace: Pace) -> NoReturn:
    """Print what each change would change, also after one that would be refused."""
    certifier = certifier.with_options(on_retry=lambda _: time.sleep(pace.reserve()))
    refused = False
    for line, change in _planned(source, options):
        time.sleep(pace.reserve())
        try:
            now = certifier.credential_templates.update(change["id"])
        except errors.CertifierError as error:
            if kind_of(error) != "refused":
                raise
            refused = True
            show.err.print(f"{source.name}:{line}: {change['id']}: {error}")
        else:
            show.difference(line, change, now)
    raise typer.Exit(Exit.PARTIAL if refused else Exit.OK)


def _journal_path(file: str, journal: Path | None, *, no_journal: bool) -> Path | None:
    if no_journal:
        return None
    if journal is None and file == "-":
        raise errors.InputError("changes from standard input need --journal PATH, or --no-journal")
    return journal or Path(f"{file}.journal")


def _each_its_own(*files: Path | None) -> None:
    """Refuse one file for two purposes: to write the one would empty the other."""
    named = [file.resolve() for file in files if file]
    for file in named:
        if named.count(file) > 1:
            raise errors.InputError(f"{file} is named twice: each needs a file of its own")


def _run(
    updates: Updates,
    lines: Sequence[int],
    journal: Journal | None,
    recording: AbstractContextManager[_Record],
    *,
    undoing: bool = False,
    left_out: bool = False,
) -> NoReturn:
    """Make the updates, tell of them, and end with the exit code."""
    total = len(lines)
    progress = show.Progressing(lines)
    again = "run the same command to go on" if journal else "what was applied is applied"
    ended: errors.CertifierError | None = None
    interrupted: list[int] = []
    try:
        with recording as record, _stopping(updates, again) as interrupted, progress.shown():
            for outcome in updates:
                progress.outcome(outcome)
                record(lines[outcome.number - 1], outcome)
    except errors.CertifierError as error:
        ended = error
    except OSError as error:
        ended = errors.InputError(f"the report cannot be written: {error.strerror}")
    counts = progress.counts
    settled = counts["applied"] + counts["done"] + counts["refused"]
    show.err.print(f"{show.count(total)}: {progress.summary()}")
    if journal:
        show.err.print(f"journal: {journal.path}")
    if ended:
        show.err.print(f"error: {ended}; {again}")
        code = code_of(ended)
        raise typer.Exit(Exit.PARTIAL if code == Exit.USAGE and progress.counts else code)
    if interrupted and settled < total:
        show.err.print(f"stopped: {again}")
        raise typer.Exit(Exit.INTERRUPTED)
    if counts["done"] == total and not undoing:
        show.err.print("nothing was sent: to make the changes again, name another journal")
    if counts["refused"] and journal and not undoing:
        show.err.print(
            "what was refused is not sent again by this journal: mend it in a file of its own, or "
            "name another journal"
        )
    if counts["failed"] or counts["held"]:
        show.err.print(f"some changes failed in a way that may pass: {again}")
    whole = counts["applied"] + counts["done"] == total and not left_out
    raise typer.Exit(Exit.OK if whole else Exit.PARTIAL)


@contextmanager
def _stopping(updates: Updates, again: str) -> Generator[list[int]]:
    """Let Ctrl-C and SIGTERM end what is under way, and a second one end all at once."""
    signals: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        if signals:  # the journal knows what was under way
            os._exit(Exit.INTERRUPTED)
        signals.append(number)
        updates.stop()
        show.err.print(f"stopping: what is under way ends first; {again}")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _recording(report: Path | None, failures: Path | None) -> Generator[_Record]:
    """Open the files that tell of outcomes, and give what writes them."""
    with ExitStack() as stack:
        files = [_opened(stack, report), _opened(stack, failures)]
        yield lambda line, outcome: _write(line, outcome, *files)


def _opened(stack: ExitStack, path: Path | None) -> IO[str] | None:
    if path is None:
        return None
    try:
        return stack.enter_context(path.open("w", encoding="utf-8"))
    except OSError as error:
        raise errors.InputError(f"{path} cannot be written: {error.strerror}") from None


def _write(line: int, outcome: Outcome, report: IO[str] | None, failures: IO[str] | None) -> None:
    if report:
        told: dict[str, Any] = {"line": line, "id": outcome.change["id"]}
        told |= {"outcome": outcome.kind, "error": str(outcome.error) if outcome.error else None}
        print(json.dumps(told, ensure_ascii=False), file=report, flush=True)
    if failures and outcome.kind in {"refused", "failed", "held"}:
        print(json.dumps(outcome.change, ensure_ascii=False), file=failures, flush=True)
