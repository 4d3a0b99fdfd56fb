"""What is printed: results on standard output, everything else on standard error."""

import json
import shlex
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from certifier_client._http.message import Request
from certifier_client.bulk.change import Change, Outcome
from certifier_client.bulk.pace import Pace
from certifier_client.models import CredentialTemplate

out = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)

_SECONDS = 5  # between plain lines that tell how far a run has come
_TOKEN = "$CERTIFIER_ACCESS_TOKEN"  # noqa: S105 - a variable's name, in place of the token


def template(found: CredentialTemplate, *, as_json: bool) -> None:
    """Print a credential template."""
    if as_json:
        out.print(_shown(found.to_dict(), indent=2))
        return
    rows = {
        "id": found.id,
        "name": found.name,
        "design ids": ", ".join(found.design_ids) or "none",
        "learning event URL": found.learning_event_url or "none",
        "updated": found.updated_at.isoformat(),
    }
    for name, value in rows.items():
        out.print(f"{name + ':':20}{value}")


def _shown(value: object, **how: Any) -> str:  # noqa: ANN401 - as json.dumps
    """Return JSON in the letters that the terminal has."""
    return json.dumps(value, ensure_ascii=not out.encoding.startswith("utf"), **how)


def request(sent: Request) -> None:
    """Print a request as it would go out, and as a curl command; the token is hidden."""
    headers = [(name.decode(), value.decode()) for name, value in sent.headers]
    body = _shown(json.loads(sent.body), separators=(",", ":"))
    out.print(f"{sent.method} {sent.url}")
    for name, value in headers:
        out.print(f"{name}: {f'Bearer {_TOKEN}' if name == 'Authorization' else value}")
    out.print(f"\n{body}\n")
    written = {"Authorization", "Content-Length", "Host"}
    options = [f"-H {shlex.quote(f'{n}: {v}')}" for n, v in headers if n not in written]
    out.print(
        f'curl -X {sent.method} {shlex.quote(sent.url)} -H "Authorization: Bearer {_TOKEN}" '
        f"{' '.join(options)} --data-raw {shlex.quote(body)}"
    )


def count(changes: int) -> str:
    """Return how many changes there are, in words."""
    return f"{changes} change{'' if changes == 1 else 's'}"


def change(line: int, asked: Change) -> None:
    """Print a change that is planned."""
    fields = {name: value for name, value in asked.items() if name != "id"}
    told = ", ".join(f"{name} = {json.dumps(v, ensure_ascii=False)}" for name, v in fields.items())
    out.print(f"{line}: {asked['id']}: {told}")


def difference(line: int, asked: Change, now: CredentialTemplate) -> None:
    """Print in what a change differs from the template as it is."""
    current: Any = {name: getattr(now, name) for name in asked if name != "id"}
    new: Any = asked
    differing = [name for name in current if current[name] != new[name]]
    for name in differing:
        told = f"{json.dumps(current[name])} -> {json.dumps(new[name], ensure_ascii=False)}"
        out.print(f"{line}: {asked['id']}: {name}: {told}")
    if not differing:
        out.print(f"{line}: {asked['id']}: as it is already")


class ShownPace(Pace):
    """A pace that tells of the waits that the service asks for."""

    _told = 0.0  # until when a wait is that was told

    def throttled(self, wait: float) -> None:
        """Tell of a wait that somebody may wonder about, and wait."""
        until = time.monotonic() + wait
        if wait > _SECONDS and until > self._told + 1:  # not for each of those under way together
            self._told = until
            err.print(f"too many requests: the service asks to wait {wait:.0f} seconds")
        super().throttled(wait)


class Progressing:
    """How far a run has come: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self, lines: Sequence[int]) -> None:
        self.counts: Counter[str] = Counter()
        self._lines = lines  # of the changes, in their order
        self._total = len(lines)
        self._told = time.monotonic()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=err,
            disable=not err.is_terminal,
        )
        self._task = self._bar.add_task("updating", total=self._total)

    @contextmanager
    def shown(self) -> Generator[None]:
        """Show it for as long as the block."""
        with self._bar:
            yield

    def outcome(self, came: Outcome) -> None:
        """Count what came of a change, and tell of it if it was not applied."""
        self.counts[came.kind] += 1
        self._bar.advance(self._task)
        if came.error:
            line = self._lines[came.number - 1]
            err.print(f"{line}: {came.change['id']}: {came.kind}: {came.error}")
        if not err.is_terminal and time.monotonic() - self._told > _SECONDS:
            self._told = time.monotonic()
            err.print(f"{sum(self.counts.values())} of {self._total}: {self.summary()}")

    def summary(self) -> str:
        """Return the counts in words."""
        names = {
            "done": "done before",
            "held": "held back after an earlier failure",
            "unsent": "not sent",
        }
        told = [f"{count} {names.get(kind, kind)}" for kind, count in self.counts.items()]
        return ", ".join(told) or "nothing to do"
