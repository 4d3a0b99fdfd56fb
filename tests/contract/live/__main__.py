"""Send another server requests that can be undone, and report where it differs from the page.

Run it with `make contract BASE_URL=… ACCESS_TOKEN=… TEMPLATE_ID=…`. It takes these from the
environment, so that no token is among the arguments of a process. Exit codes: 0 the server agrees
with the page, 1 it differs, 2 not all checks were made, 3 the template could not be restored.
"""

import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

# A script finds modules in its own folder, but not the package that contains it.
sys.path.append(str(Path(__file__).parents[2]))

from contract.live.beyond import check_others, check_rate_limit, summaries
from contract.live.live_run import Run
from contract.live.other_server import Service
from contract.live.page import Page
from contract.live.report import DIFFERS, Finding, Report
from contract.live.settings import Settings, Stopped
from contract.live.tracked import Unreadable
from contract.model import Model
from contract.request_table import Row
from support import load_document

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Check the server that the environment names, and return the exit code."""
    names = ("ACCESS_TOKEN", "SECOND_ACCESS_TOKEN")
    report = Report(*(environment.get(name, "") for name in names))
    try:
        return check(Settings.from_environment(environment), report)
    except Stopped as stopped:
        reason = str(stopped)
    except (KeyboardInterrupt, EOFError):
        reason = "not confirmed, so nothing was changed"
    report.say(report.short(f"contract: {reason}"))
    return 2


def check(settings: Settings, report: Report) -> int:
    """Read the template, confirm, run the checks, restore, report, and return the exit code.

    Raises:
        Stopped: if the run ended before anything was changed.

    """
    if not settings.confirmed and not sys.stdin.isatty():
        raise Stopped("no terminal to confirm on, so nothing was sent; set CONFIRM=yes to confirm")
    document = load_document()
    with Service(settings) as service:
        try:
            run = Run(service, Page(document), Model(document, {}, ""), settings)
        except Unreadable as error:
            report.add(Finding(DIFFERS, "{} returns the template", str(error)))
            report.end(settings, "nothing was changed, since nothing could be restored", [])
            return 1
        rows = run.rows()
        _announce(report, service, run, len(rows))
        name = run.main.template.get("name")
        question = f'Change and restore template "{name}" ({settings.template_id})'
        _confirm(settings, report, f"{question} on {service.host}? [y/N] ")
        with _stop_on_signal(service):
            stopped = _run_checks(run, rows, report)
            differing = run.restore()
            if differing is None:
                for tracked in run.changed():
                    url = f"{settings.base_url}{tracked.who.path}"
                    message = f"NOT RESTORED. To restore it by hand, send this with PATCH to {url}:"
                    report.say("", message, json.dumps(tracked.before))
            report.end(settings, stopped, differing, service.sent)
    return 3 if differing is None else 1 if report.differs else 2 if stopped else 0


def _announce(report: Report, service: Service, run: Run, rows: int) -> None:
    # One for each row, and one to read the template after it.
    requests = 2 * rows
    minutes = requests / service.rate / 60
    report.say(
        f"This sends {service.host} about {requests} requests, at most {service.rate:g} a second "
        f"(about {minutes:.1f} minutes):",
        "other values for the template's fields, its own and unknown designs, requests that should",
        "be rejected, and some that the page does not mention. It reads the template after each.",
        "At the end it restores the template, even if interrupted; only updatedAt changes.",
        "Until then, the changes are visible to others.",
    )
    if names := run.omitted_fields():
        report.say(f"Never sent, since they could not be restored: {', '.join(names)}")


def _confirm(settings: Settings, report: Report, question: str) -> None:
    if settings.confirmed:
        return
    if input(report.clean(question)).strip().lower() not in {"y", "yes"}:
        raise Stopped("not confirmed, so nothing was changed")


def _run_checks(run: Run, rows: list[Row], report: Report) -> str:
    """Run the checks, and return why some were not made, if any."""
    stopped = ""
    try:
        for row in rows:
            report.add(run.check(row))
        for finding in check_others(run):
            report.add(finding)
        if run.settings.limit:
            report.add(check_rate_limit(run))
        stopped = "; ".join(run.unreadable)
    except Stopped as reason:
        stopped = str(reason)
    except Exception as error:  # noqa: BLE001 - the template must be restored after any error
        stopped = f"{type(error).__name__}: {error}"
    for finding in summaries(run):
        report.add(finding)
    return stopped


@contextmanager
def _stop_on_signal(service: Service) -> Iterator[None]:
    """Let a signal stop the run between requests: one in flight may take effect after restoring."""

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
