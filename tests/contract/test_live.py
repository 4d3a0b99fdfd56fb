"""The checks of another server, run against correct, faulty and failing sandboxes."""

import itertools
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from certifier_sandbox import (
    FREE_TEMPLATE_ID,
    FREE_TOKEN,
    PREMIUM_TOKEN,
    SECOND_TEMPLATE_ID,
    SECOND_TOKEN,
    TEMPLATE_ID,
    running,
)
from contract.live import __main__ as live
from contract.live.faulty import Exchange, Fault, FaultyApp, faulty_server, no_fault
from contract.live.live_run import Run
from contract.live.other_server import Service, wait_of
from contract.live.report import Finding, Report
from contract.live.settings import Settings, Stopped
from contract.model import Request
from contract.request_table import Row, Subject
from sandboxed import sandbox_command
from support import ROOT

NAME = "Financial Markets"
DESIGNS = ["01fpwtztwf7sacca5r0c483mnm", "01hz2ej4yzdcfkq9fa78nhyj0x"]
LIVE = [sys.executable, str(ROOT / "tests/contract/live")]
REPORT = Path("build/contract/live.json")

Check = Callable[..., tuple[int, str]]


class SandboxControl:
    """A sandbox that may run in another process, its control API, and the variables of a run."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._control = httpx.Client(base_url=f"{url}/_sandbox")
        self.close = self._control.close

    def reset(self) -> None:
        """Restore the initial state."""
        self._control.post("/reset").raise_for_status()

    def inject(self, **response: Any) -> None:
        """Replace the response to the next request."""
        self._control.post("/injections", json=response).raise_for_status()

    def requests(self) -> list[Any]:
        """Return the requests to the API so far."""
        log = self._control.get("/requests").raise_for_status().json()
        requests: list[Any] = log["requests"]
        return requests

    def advance(self, seconds: float) -> None:
        """Stop its clock, and advance it by some seconds."""
        self._control.post("/clock/advance", json={"seconds": seconds}).raise_for_status()

    def template(self, **members: Any) -> None:
        """Add a template, which by default replaces the usual one."""
        template = {"organization": "premium", "id": TEMPLATE_ID, **members}
        self._control.post("/templates", json=template).raise_for_status()

    def limit(self, requests: int) -> None:
        """Set the rate limit, in requests a second."""
        self._control.put("/rate-limit", json={"requests": requests}).raise_for_status()

    def templates(self) -> list[dict[str, Any]]:
        """Return all templates, without updatedAt and the legacy ids, which designs clear."""
        ignored = {"updatedAt", "certificateDesignId", "badgeDesignId"}
        templates = self._control.get("/state").raise_for_status().json()["templates"]
        return [{k: v for k, v in template.items() if k not in ignored} for template in templates]

    def bodies(self) -> list[str]:
        """Return the bodies of the requests so far."""
        return [str(request["body"]) for request in self.requests()]

    def environment(self, **others: str) -> dict[str, str]:
        """Return the variables of a run, at a rate that never delays it."""
        return {
            "BASE_URL": self.url,
            "ACCESS_TOKEN": PREMIUM_TOKEN,
            "TEMPLATE_ID": TEMPLATE_ID,
            "CONFIRM": "yes",
            "RATE": "10000",
            **others,
        }


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[FaultyApp, SandboxControl]]:
    """Run one server for all tests."""
    with faulty_server() as (faulty, url):
        sandbox = SandboxControl(url)
        yield faulty, sandbox
        sandbox.close()


@pytest.fixture
def faulty(server: tuple[FaultyApp, SandboxControl]) -> FaultyApp:
    """Provide the server's application, to set faults."""
    return server[0]


@pytest.fixture
def sandbox(server: tuple[FaultyApp, SandboxControl]) -> SandboxControl:
    """Provide the server in its initial state, without faults."""
    faulty, sandbox = server
    faulty.on_request = faulty.on_response = no_fault
    sandbox.reset()
    return sandbox


@pytest.fixture
def check(
    sandbox: SandboxControl,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Check:
    """Provide a function that runs the checks in this process, and returns exit code and output."""
    monkeypatch.chdir(tmp_path)

    def run(**others: str) -> tuple[int, str]:
        code, out = live.main(sandbox.environment(**others)), "".join(capsys.readouterr())
        report = REPORT.read_text() if REPORT.exists() else ""
        assert PREMIUM_TOKEN[:12] not in out + report
        return code, out

    return run


@contextmanager
def command(sandbox: SandboxControl, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the checks in a separate process, without a terminal."""
    with subprocess.Popen(
        LIVE,
        env={**os.environ, **sandbox.environment()},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def output(process: subprocess.Popen[str]) -> str:
    """Return all output of a process, once it has ended."""
    out, _ = process.communicate()
    assert PREMIUM_TOKEN not in out
    return out


def test_a_correct_server_agrees_and_is_restored(tmp_path: Path) -> None:
    """In two processes: code 0, no difference, and a complete report."""
    with sandbox_command() as (_, url):
        sandbox = SandboxControl(url)
        before = sandbox.templates()
        with command(sandbox, tmp_path) as process:
            out = output(process)
        after = sandbox.templates()
        sandbox.close()
    assert (process.returncode, after) == (0, before), out
    report = json.loads((tmp_path / REPORT).read_text())
    verdicts = [check["verdict"] for check in report["checks"]]
    assert set(verdicts) == {"agrees", "observed"}
    assert verdicts.count("agrees") > 300
    assert (report["stopped"], report["restored"]) == (None, True)
    assert all(f"{check['verdict']:9} {check['name']}"[:40] in out for check in report["checks"])


@pytest.mark.parametrize(
    ("response", "line"),
    [
        ({"drop": True}, "DIFFERS   name 1: no complete response: "),
        ({"status": 500, "text": "<h1>oh</h1>"}, "DIFFERS   name 1: 500 '<h1>oh</h1>'; the"),
    ],
    ids=["dropped", "500"],
)
def test_a_failure_in_between_is_reported(
    check: Check,
    sandbox: SandboxControl,
    monkeypatch: pytest.MonkeyPatch,
    response: dict[str, Any],
    line: str,
) -> None:
    """One request fails; the others are still checked."""
    before, check_row = sandbox.templates(), Run.check

    def failing(run: Run, row: Row, *others: Any) -> Finding:
        if row[0] == "name 1":
            sandbox.inject(**response)
        return check_row(run, row, *others)

    monkeypatch.setattr(Run, "check", failing)
    code, out = check(ONLY="name")
    assert line in out
    assert ", 1 differ, " in out
    assert (code, sandbox.templates()) == (1, before)


def test_it_stops_after_repeated_failures(
    check: Check, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops after four requests without a response, and restores the template."""
    before, check_row = sandbox.templates(), Run.check

    def failing(run: Run, row: Row, *others: Any) -> Finding:
        sandbox.inject(drop=True)
        return check_row(run, row, *others)

    monkeypatch.setattr(Run, "check", failing)
    code, out = check()
    assert "Not all checks were made: 4 requests got no complete response" in out
    assert (code, sandbox.templates()) == (1, before)


@pytest.mark.parametrize("fault", [{"status": 500}, {"complete": False}], ids=["500", "incomplete"])
def test_a_change_without_its_response_is_read_and_restored(
    check: Check, sandbox: SandboxControl, faulty: FaultyApp, fault: dict[str, Any]
) -> None:
    """A change that was applied despite the failure does not make the next check fail."""
    before, changes = sandbox.templates(), itertools.count()

    def lose_a_change(exchange: Exchange) -> None:
        if exchange.sent and next(changes) == 3:
            vars(exchange).update(fault)

    faulty.on_response = lose_a_change
    code, out = check(ONLY="designIds ")
    assert ", 1 differ, " in out
    assert (code, sandbox.templates()) == (1, before)


OTHER = {"SECOND_ACCESS_TOKEN": SECOND_TOKEN, "SECOND_TEMPLATE_ID": SECOND_TEMPLATE_ID}
FREE = {"SECOND_ACCESS_TOKEN": FREE_TOKEN, "SECOND_TEMPLATE_ID": FREE_TEMPLATE_ID}
ANOTHER_ID = "01j9zt4e8w6mq2k0r5x3vnhb7c"


def test_another_organization_is_checked_too(check: Check, sandbox: SandboxControl) -> None:
    """Neither organization can change the other's template, and all changes are restored."""
    before = sandbox.templates()
    for others in (OTHER, FREE, {**FREE, "SECOND_PREMIUM": "no"}):
        code, out = check(ONLY="no row", **others)
        assert (code, sandbox.templates()) == (0, before), out
        assert out.count("agrees    another organization's") >= 6


@pytest.mark.parametrize("known", sorted(OTHER))
def test_a_token_or_an_id_of_another_organization_is_enough(check: Check, known: str) -> None:
    """Each of them adds the checks that need no other setting."""
    code, out = check(ONLY="no row", **{known: OTHER[known]})
    assert (code, out.count("agrees    another organization's")) == (0, 2)


def _ignore_tenants(exchange: Exchange) -> None:
    template = exchange.store.get(exchange.path.removeprefix("/v1/groups/"))
    tokens = {"premium": PREMIUM_TOKEN, "second": SECOND_TOKEN}
    if template:
        exchange.headers["authorization"] = f"Bearer {tokens[template.organization]}"


def _rename_all(exchange: Exchange) -> None:
    for template in exchange.store.all():
        name = exchange.sent.get("name") if isinstance(exchange.sent, dict) else None
        if name and exchange.status == 200:
            exchange.store.put(replace(template, name=name))


@pytest.mark.parametrize(
    ("on_request", "on_response", "line"),
    [
        (_ignore_tenants, no_fault, "DIFFERS   another organization's token: 200"),
        (_ignore_tenants, no_fault, "DIFFERS   another organization's template: 200"),
        (no_fault, _rename_all, f"DIFFERS   template {ANOTHER_ID} is unchanged: name is"),
    ],
    ids=["token", "template", "another template"],
)
def test_a_fault_across_organizations_is_reported(
    check: Check,
    sandbox: SandboxControl,
    faulty: FaultyApp,
    on_request: Fault,
    on_response: Fault,
    line: str,
) -> None:
    """Organizations are mixed up, or another template of the organization changes too."""
    sandbox.template(id=ANOTHER_ID, name="Another")
    faulty.on_request, faulty.on_response = on_request, on_response
    code, out = check(ONLY="name 1", OTHER_TEMPLATE_ID=ANOTHER_ID, **OTHER)
    assert (code, line in out) == (1, True), out


def _touch_when_rejecting(exchange: Exchange) -> None:
    if exchange.status == 400:
        exchange.put(updated_at="2030-01-01T00:00:00.000Z")


def _empty_after_legacy(exchange: Exchange) -> None:
    if exchange.status == 200 and "badgeDesignId" in exchange.sent:
        exchange.response_body["designIds"] = []


def _accept_any_type(exchange: Exchange) -> None:
    exchange.headers["content-type"] = "application/json"


def _clear_url(exchange: Exchange) -> None:
    if exchange.sent and exchange.status == 200:
        exchange.response_body["learningEventUrl"] = None


def _html_errors(exchange: Exchange) -> None:
    if exchange.status == 401:
        exchange.content_type = "text/html"


def _errors_without_a_number(exchange: Exchange) -> None:
    if exchange.status == 401:
        exchange.response_body = b'{"error": NaN}'


@pytest.mark.parametrize(
    ("on_response", "rows", "line"),
    [
        (
            _touch_when_rejecting,
            "versions: absent",
            "updatedAt is 2030-01-01T00:00:00.000Z, but was",
        ),
        (_empty_after_legacy, "badgeDesignId',\\)", "designIds is empty after a design was set"),
        (_clear_url, "text/plain", "learningEventUrl is None, but was 'https://"),
        (_html_errors, "unknown", "Content-Type 'text/html' instead of application/json"),
        (_errors_without_a_number, "unknown", "not JSON (NaN is not a JSON number)"),
    ],
)
def test_the_report_says_how_a_row_differs(
    check: Check, faulty: FaultyApp, on_response: Fault, rows: str, line: str
) -> None:
    """It names the member or the header, and both values."""
    faulty.on_request, faulty.on_response = _accept_any_type, on_response
    code, out = check(ONLY=rows)
    assert (code, line in out) == (1, True), out


def test_a_plan_that_contradicts_the_settings_is_reported(check: Check) -> None:
    """A plan allows designs that it should reject, or rejects designs that it should allow."""
    code, out = check(ONLY="designIds 1", PREMIUM="no")
    assert "DIFFERS   designIds 1: 200" in out
    assert "only available to premium organizations" in out
    assert code == 1
    free = {"ACCESS_TOKEN": FREE_TOKEN, "TEMPLATE_ID": FREE_TEMPLATE_ID}
    assert check(ONLY="designIds 1", PREMIUM="yes", **free)[0] == 1


def test_checks_of_an_unreadable_template_are_skipped(check: Check) -> None:
    """The rest is checked, and the report says why checks are missing."""
    code, out = check(ONLY="name 1", OTHER_TEMPLATE_ID="unknown")
    assert (code, "Not all checks were made: template unknown could not be read" in out) == (
        2,
        True,
    )


class RunClock:
    """The clock of a run: it advances only when the run sleeps, together with the sandbox's."""

    def __init__(self, sandbox: SandboxControl) -> None:
        self._sandbox = sandbox
        self._now = 0.0
        sandbox.advance(0)

    def monotonic(self) -> float:
        """Return the seconds that the run has slept."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Advance both clocks."""
        self._now += seconds
        self._sandbox.advance(seconds)


@pytest.fixture
def clock(sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch) -> RunClock:
    """Replace the clock of a run."""
    clock = RunClock(sandbox)
    monkeypatch.setattr("contract.live.other_server.time", clock)
    return clock


def test_the_rate_limit_is_exceeded_only_if_the_settings_say_so(
    check: Check, sandbox: SandboxControl, clock: RunClock
) -> None:
    """The 429 is the documented one and changes nothing; the run waits after it."""
    sandbox.limit(30)
    code, out = check(ONLY="name 1", RATE_LIMIT="yes")
    assert (code, "observed  the rate limit: after " in out) == (0, True), out
    assert "Retry-After: 1" in out
    statuses = [request["status"] for request in sandbox.requests()]
    assert statuses.count(429) == 1
    sandbox.limit(1000)
    assert "not reached by 200 requests at once" in check(ONLY="name 1", RATE_LIMIT="yes")[1]


@pytest.mark.parametrize(
    "fault", [{"response_body": {"error": "slow"}}, {"content_type": "text/plain"}], ids=str
)
def test_an_undocumented_429_is_reported(
    check: Check, sandbox: SandboxControl, faulty: FaultyApp, clock: RunClock, fault: dict[str, Any]
) -> None:
    """Its body and its type are documented too."""

    def change(exchange: Exchange) -> None:
        if exchange.status == 429:
            vars(exchange).update(fault)

    sandbox.limit(30)
    faulty.on_response = change
    code, out = check(ONLY="name 1", RATE_LIMIT="yes")
    assert (code, "DIFFERS   the rate limit: " in out) == (1, True), out


def test_without_a_confirmation_nothing_is_sent(
    check: Check, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a terminal, it says how to confirm, and the server gets no request."""
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        code, out = check(CONFIRM="")
    assert "CONFIRM=yes" in out
    assert (code, sandbox.requests()) == (2, [])


@pytest.mark.parametrize(("typed", "code"), [("n\n", 2), ("\n", 2), ("y\n", 0)])
def test_it_asks_for_confirmation_on_a_terminal(
    check: Check, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    """Until it is confirmed, it sends only empty updates, which change nothing."""
    before = sandbox.templates()
    terminal, other_end = pty.openpty()
    os.write(terminal, typed.encode())
    with open(other_end) as stdin:  # noqa: PTH123 - a file descriptor
        monkeypatch.setattr(sys, "stdin", stdin)
        exit_code, out = check(CONFIRM="", ONLY="name 1")
    os.close(terminal)
    host = sandbox.url.removeprefix("http://")
    assert f'Change and restore template "{NAME}" ({TEMPLATE_ID}) on {host}? [y/N]' in out
    assert (exit_code, sandbox.templates()) == (code, before)
    assert (set(sandbox.bodies()) == {"{}"}) is (code == 2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_after_a_signal_the_template_is_restored(
    sandbox: SandboxControl, faulty: FaultyApp, tmp_path: Path, number: signal.Signals
) -> None:
    """A run that is stopped after a change ends with code 2 and says so in its report."""
    before = sandbox.templates()

    def signal_at_a_change(exchange: Exchange) -> None:
        if exchange.sent:
            faulty.on_response = no_fault
            process.send_signal(number)

    faulty.on_response = signal_at_a_change
    with command(sandbox, tmp_path) as process:
        out = output(process)
    assert (process.returncode, sandbox.templates()) == (2, before)
    assert "Not all checks were made: interrupted" in out
    # Two reads, two rows that change nothing with a read after each, and the change; then a read,
    # the request that restores the template, and a last read.
    assert len(sandbox.requests()) == 10
    assert json.loads((tmp_path / REPORT).read_text())["stopped"] == "interrupted"


def test_a_template_that_cannot_be_restored_is_reported(
    check: Check, sandbox: SandboxControl, faulty: FaultyApp
) -> None:
    """The exit code is 3, and the report has the values to send by hand."""

    def append(exchange: Exchange) -> None:
        if "designIds" in exchange.sent:
            exchange.sent["designIds"] = exchange.before["designIds"] + exchange.sent["designIds"]

    faulty.on_request = append
    code, out = check(ONLY="designIds 1")
    assert code == 3
    assert "DIFFERS   designIds 1" in out
    _, _, by_hand = out.partition("NOT RESTORED")
    assert sandbox.url in by_hand
    assert json.dumps(DESIGNS) in by_hand
    assert not json.loads(REPORT.read_text())["restored"]


def test_a_field_that_cannot_be_sent_back_is_reported(
    check: Check, sandbox: SandboxControl, faulty: FaultyApp
) -> None:
    """This includes a null that the server replaces, although the run never sends the field."""
    sandbox.template(learningEventUrl=None)

    def replace_null(exchange: Exchange) -> None:
        if exchange.sent:
            exchange.sent["learningEventUrl"] = "urn:a:b"

    faulty.on_request = replace_null
    code, out = check(ONLY="name 1")
    assert code == 3
    assert '"learningEventUrl": null' in out.partition("NOT RESTORED")[2]


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"response_body": {"id": TEMPLATE_ID}}], ids=["500", "no fields"]
)
def test_only_a_read_proves_that_the_template_is_restored(
    check: Check, faulty: FaultyApp, fault: dict[str, Any]
) -> None:
    """If only the first read shows the fields, they count as not restored."""
    requests = itertools.count()

    def hide(exchange: Exchange) -> None:
        if next(requests) and exchange.sent == {}:
            vars(exchange).update(fault)

    faulty.on_response = hide
    assert check(ONLY="name 1")[0] == 3


def test_restoring_is_retried_after_a_failure(
    check: Check, sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closed connection does not prevent restoring the template."""
    before, restore = sandbox.templates(), Run.restore

    def failing(run: Run) -> list[str] | None:
        sandbox.inject(drop=True, times=2)
        return restore(run)

    monkeypatch.setattr(Run, "restore", failing)
    assert (check(ONLY="name 1")[0], sandbox.templates()) == (0, before)


def test_another_member_that_has_changed_is_reported(check: Check, faulty: FaultyApp) -> None:
    """If the last read lacks a legacy id, the run reports it, but does not fail."""
    requests = itertools.count()

    def show_legacy(exchange: Exchange) -> None:
        if exchange.status == 200:
            exchange.response_body["badgeDesignId"] = None if next(requests) else "a"

    faulty.on_response = show_legacy
    code, out = check(ONLY="name 1")
    assert code == 0
    assert "The template has its original values, except for badgeDesignId, updatedAt." in out


def test_a_server_that_stops_during_the_run_is_reported(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops after it has changed the designs: the exit code is 3, with the values to restore."""
    send = Service.send
    with ExitStack() as server:
        sandbox = server.enter_context(running())

        def send_and_stop(service: Service, request: Request) -> httpx.Response:
            response = send(service, request)
            if b"designIds" in request.body:
                server.close()
            return response

        monkeypatch.setattr(Service, "send", send_and_stop)
        code, out = check(BASE_URL=sandbox.url)
    assert code == 3
    assert "Not all checks were made: cannot reach" in out
    assert json.dumps(DESIGNS) in out.partition("NOT RESTORED")[2]


def test_a_token_that_a_server_echoes_is_not_shown(check: Check, faulty: FaultyApp) -> None:
    """A part of it is not shown either, where a long message is truncated: `check` asserts this."""

    def echo(exchange: Exchange) -> None:
        if exchange.status != 200:
            authorization = exchange.headers.get("authorization")
            exchange.response_body["error"]["message"] = f"{'-' * 360} {authorization}"

    faulty.on_response = echo
    code, out = check(ONLY="authentication")
    assert (code, "Bearer <token>" in out) == (0, True)


def test_plain_http_ignores_a_proxy(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy from the environment would see the token; this one does not exist."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    assert check(ONLY="name 1")[0] == 0


def test_control_characters_are_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Text from a server, such as a name, cannot control the terminal."""
    Report("").say("a\x1b[2Jb\nc")
    assert capsys.readouterr().out == "a?[2Jb?c\n"


def test_a_url_of_null_is_never_changed(check: Check, sandbox: SandboxControl) -> None:
    """The page has no way to set it to null again, so no request contains the field."""
    sandbox.template(learningEventUrl=None)
    code, out = check()
    assert (code, "could not be restored: learningEventUrl" in out) == (0, True)
    assert not any("learningEventUrl" in body for body in sandbox.bodies())


def test_an_empty_list_of_designs_is_never_changed(check: Check, sandbox: SandboxControl) -> None:
    """It could not be restored, because the page requires an item."""
    sandbox.template(designIds=[])
    code, _ = check()
    assert code == 0
    assert not any("esignId" in body for body in sandbox.bodies())


def test_a_plan_without_designs_is_not_a_difference(check: Check) -> None:
    """The documented 402 is observed once, and then expected."""
    code, out = check(ACCESS_TOKEN=FREE_TOKEN, TEMPLATE_ID=FREE_TEMPLATE_ID)
    assert (code, out.count("402: no designs in this plan")) == (0, 1)


def test_it_waits_as_long_as_a_429_requires(
    check: Check, sandbox: SandboxControl, clock: RunClock
) -> None:
    """The rate limit is observed and is not a failure; a retry counts as a request."""
    sandbox.limit(20)
    code, out = check(ONLY="versions")
    assert code == 0
    assert "observed  429: at 10000 requests a second; Retry-After: 1" in out
    # Requests without a valid token or with another method do not count.
    statuses = [request["status"] for request in sandbox.requests()]
    statuses = [status for status in statuses if status not in {401, 405}]
    limited = [at for at, status in enumerate(statuses) if status == 429]
    # Twenty requests, then a 429; none during the wait, and the retry is one of the next twenty.
    assert limited == list(range(20, len(statuses), 21))
    assert int(clock.monotonic()) == len(limited) > 1


def test_it_stops_after_repeated_429s(check: Check, sandbox: SandboxControl) -> None:
    """It stops after three waits, before anything was changed."""
    sandbox.inject(status=429, headers={"Retry-After": "0"}, times=4)
    code, out = check()
    assert (code, "still responds 429 after 3 waits" in out) == (2, True)
    assert len(sandbox.requests()) == 4


def test_a_wait_is_limited() -> None:
    """It is at most a minute, and a minute if Retry-After is missing or invalid."""
    values = ["0", "7", "61", "1000000000", "-1", "soon", ""]
    assert [wait_of(value) for value in values] == [0, 7, 60, 60, 60, 60, 60]


def test_the_rate_is_not_exceeded(sandbox: SandboxControl, clock: RunClock) -> None:
    """At 50 a second, a request is sent every 20 ms, even if it is a retry."""
    sandbox.inject(status=429, headers={"Retry-After": "0"})
    settings = Settings.from_environment(sandbox.environment(RATE="50"))
    with Service(settings) as service:
        for _ in range(5):
            service.send(Subject().update({}))
    times = [datetime.fromisoformat(request["time"]) for request in sandbox.requests()]
    assert [(time - times[0]) / timedelta(milliseconds=20) for time in times] == list(range(6))


@pytest.mark.parametrize(
    "others",
    [
        {"BASE_URL": "http://api.certifier.io"},
        {"BASE_URL": "http://127.0.0.1.example.org"},
        {"BASE_URL": "https://user:password@127.0.0.1"},
        {"BASE_URL": "https://127.0.0.1?a"},
        {"BASE_URL": "127.0.0.1:4010"},
        {"BASE_URL": ""},
        {"ACCESS_TOKEN": ""},
        {"ACCESS_TOKEN": f"Bearer {PREMIUM_TOKEN}"},
        {"TEMPLATE_ID": ""},
        {"TEMPLATE_ID": ".."},
        {"RATE": "0"},
        {"RATE": "nan"},
        {"RATE": "fast"},
        {"ONLY": "("},
        {"PREMIUM": "maybe"},
        {"SECOND_ACCESS_TOKEN": f"Bearer {SECOND_TOKEN}"},
        {"OTHER_TEMPLATE_ID": "a/b"},
    ],
    ids=str,
)
def test_an_invalid_setting_is_rejected(sandbox: SandboxControl, others: dict[str, str]) -> None:
    """So is plain http to another machine; the message names the variable and contains no token."""
    with pytest.raises(Stopped, match=next(iter(others))) as stopped:
        Settings.from_environment(sandbox.environment(**others))
    assert PREMIUM_TOKEN not in str(stopped.value)


def test_the_default_rate_is_two_a_second(sandbox: SandboxControl) -> None:
    """The service's limit is about three."""
    assert Settings.from_environment(sandbox.environment(RATE="")).rate == 2


@pytest.mark.parametrize(
    ("others", "line"),
    [
        ({"TEMPLATE_ID": "unknown"}, "could not be read: 404 not_found"),
        ({"ACCESS_TOKEN": "unknown"}, "could not be read: 401 unauthorized"),
        ({"BASE_URL": "http://127.0.0.1:9"}, "cannot reach 127.0.0.1:9"),
    ],
    ids=["unknown id", "unknown token", "no server"],
)
def test_a_template_that_cannot_be_read_is_reported(
    check: Check, others: dict[str, str], line: str
) -> None:
    """The report is one line, and the exit code is 2."""
    code, out = check(**others)
    assert (code, line in out, out.count("\n")) == (2, True, 1)
