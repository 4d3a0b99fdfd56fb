"""Try what is safe against another server, and report where it differs from the page.

Run it with `make contract BASE_URL=… ACCESS_TOKEN=… TEMPLATE_ID=…`. It takes these from the
environment, so that no token is among the arguments of a process. Exit codes: 0 the server agrees,
1 it differs, 2 not all checks could be made, 3 the template could not be put back.
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

from contract.live.checks import plan
from contract.live.page import Page
from contract.live.report import Report
from contract.live.run import Run
from contract.live.service import UPDATED, Probe, Service
from contract.live.settings import Settings, Stopped
from support import load_document

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Check the server that the environment names, and return the exit code."""
    report = Report(os.environ.get("ACCESS_TOKEN", ""))
    try:
        return check(Settings.of(os.environ), report)
    except Stopped as stopped:
        reason = str(stopped)
    except (KeyboardInterrupt, EOFError):
        reason = "not confirmed, so nothing was changed"
    report.say(report.short(f"contract: {reason}"))
    return 2


def check(settings: Settings, report: Report) -> int:
    """Read the template, ask, try, put back, tell, and return the exit code.

    Raises:
        Stopped: it ended before anything was changed.

    """
    if not settings.confirmed and not sys.stdin.isatty():
        raise Stopped("no terminal to ask on, so nothing was sent; CONFIRM=yes says yes")
    page = Page(load_document())
    with Service(settings, page.version) as service:
        run = Run(service, page)
        probes = plan(page, run.original)
        _announce(report, service, probes, sorted(page.fields - run.original.keys()))
        question = (
            f'Change and restore template "{run.template.get("name")}" ({settings.template_id})'
        )
        _confirm(settings, report, f"{question} on {service.host}? [y/N] ")
        with _signals_end(service):
            stopped = _try(run, probes, report)
            moved = run.restore()
            if moved is None:
                told = f"NOT PUT BACK. As it was, to be sent by hand with PATCH to {settings.url}:"
                report.say("", told, json.dumps(run.before))
            report.end(settings, stopped, moved)
    return 3 if moved is None else 1 if report.differs else 2 if stopped else 0


def _announce(report: Report, service: Service, probes: list[Probe], alone: list[str]) -> None:
    # The first request has been made; two reads at the end make sure.
    requests = 2 + sum(2 if probe.expects == UPDATED and probe.fields else 1 for probe in probes)
    seconds = requests / service.rate
    report.say(
        f"This sends {service.host} about {requests} requests, {service.rate:g} a second at most "
        f"(about {seconds:.0f} s):",
        "other values of the template's fields, its own designs in another order, requests that",
        "should be refused, and some for which nothing is published. What changes is put back at",
        "once. updatedAt moves, and whoever looks at the template meanwhile sees the changes.",
    )
    if alone:
        report.say(f"Never sent, since it could not be put back: {', '.join(alone)}")


def _confirm(settings: Settings, report: Report, question: str) -> None:
    if settings.confirmed:
        return
    if input(report.clean(question)).strip().lower() not in {"y", "yes"}:
        raise Stopped("not confirmed, so nothing was changed")


def _try(run: Run, probes: list[Probe], report: Report) -> str:
    """Make the checks, and return why not all of them could be made, if so."""
    stopped = ""
    try:
        for probe in probes:
            for finding in run.check(probe):
                report.add(finding)
    except Stopped as reason:
        stopped = str(reason)
    except Exception as error:  # noqa: BLE001 - whatever it is, the template has to be put back
        stopped = f"{type(error).__name__}: {error}"
    for finding in run.limits():
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
