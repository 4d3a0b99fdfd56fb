"""Try what is safe against another server, and report where it differs from the page.

Run it with `make contract BASE_URL=… ACCESS_TOKEN=… TEMPLATE_ID=…`. It takes these from the
environment, so that no token is among the arguments of a process. Exit codes: 0 the server agrees,
1 it differs, 2 not all checks could be made, 3 the template could not be restored.
"""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Run as a script, this finds its own folder and not the package that it is in.
sys.path.append(str(Path(__file__).parents[2]))

from contract.live.beyond import about_others, rate_limit, summaries
from contract.live.held import Unreadable
from contract.live.page import Page
from contract.live.report import DIFFERS, Finding, Report
from contract.live.run import Run
from contract.live.service import Service
from contract.live.settings import Settings, Stopped
from contract.model import Model
from contract.request_table import Row
from support import load_document

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Check the server that the environment names, and return the exit code."""
    names = ("ACCESS_TOKEN", "SECOND_ACCESS_TOKEN")
    report = Report(*(os.environ.get(name, "") for name in names))
    try:
        return check(Settings.of(os.environ), report)
    except Stopped as stopped:
        reason = str(stopped)
    except (KeyboardInterrupt, EOFError):
        reason = "not confirmed, so nothing was changed"
    report.say(report.short(f"contract: {reason}"))
    return 2


def check(settings: Settings, report: Report) -> int:
    """Read the template, ask, try, restore, report, and return the exit code.

    Raises:
        Stopped: it ended before anything was changed.

    """
    if not settings.confirmed and not sys.stdin.isatty():
        raise Stopped("no terminal to ask on, so nothing was sent; CONFIRM=yes says yes")
    document = load_document()
    with Service(settings) as service:
        try:
            run = Run(service, Page(document), Model(document, {}, ""), settings)
        except Unreadable as error:
            report.add(Finding(DIFFERS, "{} is answered with the template", str(error)))
            report.end(settings, "nothing was changed, since there is nothing to restore", [])
            return 1
        rows = run.rows()
        _announce(report, service, run, len(rows))
        name = run.main.template.get("name")
        question = f'Change and restore template "{name}" ({settings.template_id})'
        _confirm(settings, report, f"{question} on {service.host}? [y/N] ")
        with _signals_end(service):
            stopped = _try(run, rows, report)
            moved = run.restore()
            if moved is None:
                for held in run.changed():
                    url = f"{settings.base_url}{held.who.path}"
                    told = f"NOT RESTORED. As it was, to be sent by hand with PATCH to {url}:"
                    report.say("", told, json.dumps(held.before))
            report.end(settings, stopped, moved, service.sent)
    return 3 if moved is None else 1 if report.differs else 2 if stopped else 0


def _announce(report: Report, service: Service, run: Run, rows: int) -> None:
    # Each row, and a read after it.
    requests = 2 * rows
    minutes = requests / service.rate / 60
    report.say(
        f"This sends {service.host} about {requests} requests, {service.rate:g} a second at most "
        f"(about {minutes:.1f} minutes):",
        "other values of the template's fields, its own and unknown designs, requests that should",
        "be refused, and some of which the page says nothing. It reads the template after each.",
        "At the end it restores the template, also when it is interrupted; only updatedAt moves.",
        "Whoever looks at the template meanwhile sees the changes.",
    )
    if names := run.never_sent():
        report.say(f"Never sent, since it could not be restored: {', '.join(names)}")


def _confirm(settings: Settings, report: Report, question: str) -> None:
    if settings.confirmed:
        return
    if input(report.clean(question)).strip().lower() not in {"y", "yes"}:
        raise Stopped("not confirmed, so nothing was changed")


def _try(run: Run, rows: list[Row], report: Report) -> str:
    """Make the checks, and return why not all of them could be made, if so."""
    stopped = ""
    try:
        for row in rows:
            report.add(run.check(row))
        for finding in about_others(run):
            report.add(finding)
        if run.settings.limit:
            report.add(rate_limit(run))
        stopped = "; ".join(run.unreadable)
    except Stopped as reason:
        stopped = str(reason)
    except Exception as error:  # noqa: BLE001 - whatever it is, the template has to be restored
        stopped = f"{type(error).__name__}: {error}"
    for finding in summaries(run):
        report.add(finding)
    return stopped


@contextmanager
def _signals_end(service: Service) -> Iterator[None]:
    """Let a signal end the run between two requests: one under way could be done after the last."""

    def interrupt(*_: object) -> None:
        service.interrupted = True

    before = {number: signal.signal(number, interrupt) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())
