"""The files that record the outcome of each change."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from certifier_client import errors
from certifier_client.bulk.change import Outcome
from certifier_client.cli import output
from certifier_client.cli.running import Record


def each_its_own(*files: Path | None) -> None:
    """Reject a file that is named twice, because one use would overwrite the other."""
    resolved = [file.resolve() for file in files if file]
    for file in filter(None, files):
        if resolved.count(file.resolve()) > 1:
            raise errors.InputError(f"{file} is named twice: use a different file for each")


@contextmanager
def recording(report: Path | None = None, failures: Path | None = None) -> Generator[Record]:
    """Open the files, and yield a function that writes an outcome to them."""
    with ExitStack() as stack:
        files = [_opened(stack, report), _opened(stack, failures)]
        yield lambda outcome: _write(outcome, *files)


def _opened(stack: ExitStack, path: Path | None) -> IO[str] | None:
    if path is None:
        return None
    try:
        return stack.enter_context(path.open("w", encoding="utf-8"))
    except OSError as error:
        raise errors.InputError(f"{path} cannot be written: {error.strerror}") from None


def _write(outcome: Outcome, report: IO[str] | None, failures: IO[str] | None) -> None:
    if report:
        error = str(outcome.error) if outcome.error else None
        line = {"line": outcome.number, "id": outcome.change["id"]}
        print(
            output.as_json({**line, "outcome": outcome.kind, "error": error}),
            file=report,
            flush=True,
        )
    if failures and outcome.kind in {"rejected", "failed", "blocked"}:
        print(output.as_json(outcome.change), file=failures, flush=True)
