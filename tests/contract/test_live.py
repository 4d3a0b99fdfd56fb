"""The checks for another server, tried on sandboxes: right ones, wrong ones, and failing ones."""

import itertools
import json
import os
import pty
import re
import signal
import subprocess
import sys
import tomllib
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
from contract.live import faults as of
from contract.live.fault_list import CHOICES, REQUESTS, RESPONSES, UPDATES
from contract.live.report import Finding, Report
from contract.live.run import Run
from contract.live.service import Service, wait_of
from contract.live.settings import Settings, Stopped
from contract.live.wrong import Exchange, Fault, Wrong, no_fault, wrong_server
from contract.model import Request
from contract.request_table import Row, Subject
from support import ROOT

NAME = "Financial Markets"
DESIGNS = ["01fpwtztwf7sacca5r0c483mnm", "01hz2ej4yzdcfkq9fa78nhyj0x"]
LIVE = [sys.executable, str(ROOT / "tests/contract/live")]
SANDBOX = [sys.executable, "-m", "certifier_sandbox", "--port", "0"]
REPORT = Path("build/contract/live.json")
FOLDER = Path(__file__).parent

Check = Callable[..., tuple[int, str]]


class Place:
    """A sandbox by its control API, as it may run in another process, and a run's variables."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._control = httpx.Client(base_url=f"{url}/_sandbox")
        self.close = self._control.close

    def reset(self) -> None:
        """Make it as new."""
        self._control.post("/reset").raise_for_status()

    def inject(self, **answer: Any) -> None:
        """Give this answer to the next request."""
        self._control.post("/injections", json=answer).raise_for_status()

    def requests(self) -> list[Any]:
        """Return the requests to the API so far."""
        log = self._control.get("/requests").raise_for_status().json()
        requests: list[Any] = log["requests"]
        return requests

    def advance(self, seconds: float) -> None:
        """Stop its clock, so many seconds from now."""
        self._control.post("/clock/advance", json={"seconds": seconds}).raise_for_status()

    def template(self, **members: Any) -> None:
        """Put another template in the place of the usual one."""
        template = {"organization": "premium", "id": TEMPLATE_ID, **members}
        self._control.post("/templates", json=template).raise_for_status()

    def limit(self, requests: int) -> None:
        """Limit the requests of a second."""
        self._control.put("/rate-limit", json={"requests": requests}).raise_for_status()

    def held(self) -> list[dict[str, Any]]:
        """Return all templates, but for what moves and for the legacy ids, which designs end."""
        moving = {"updatedAt", "certificateDesignId", "badgeDesignId"}
        templates = self._control.get("/state").raise_for_status().json()["templates"]
        return [{k: v for k, v in template.items() if k not in moving} for template in templates]

    def bodies(self) -> list[str]:
        """Return the bodies of the requests so far."""
        return [str(request["body"]) for request in self.requests()]

    def environment(self, **others: str) -> dict[str, str]:
        """Return the variables, at a rate that is none."""
        return {
            "BASE_URL": self.url,
            "ACCESS_TOKEN": PREMIUM_TOKEN,
            "TEMPLATE_ID": TEMPLATE_ID,
            "CONFIRM": "yes",
            "RATE": "10000",
            **others,
        }


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Wrong, Place]]:
    """Run one server for all tests."""
    with wrong_server() as (wrong, url):
        place = Place(url)
        yield wrong, place
        place.close()


@pytest.fixture
def wrong(server: tuple[Wrong, Place]) -> Wrong:
    """Give the server's application, to set a fault."""
    return server[0]


@pytest.fixture
def sandbox(server: tuple[Wrong, Place]) -> Place:
    """Give the server as new, and without a fault."""
    wrong, place = server
    wrong.asked = wrong.answered = no_fault
    place.reset()
    return place


@pytest.fixture
def check(
    sandbox: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Check:
    """Give a run in this process, which returns exit code and output; no token is in either."""
    monkeypatch.chdir(tmp_path)

    def run(**others: str) -> tuple[int, str]:
        for name, value in sandbox.environment(**others).items():
            monkeypatch.setenv(name, value)
        code, out = live.main(), "".join(capsys.readouterr())
        written = REPORT.read_text() if REPORT.exists() else ""
        assert PREMIUM_TOKEN[:12] not in out + written
        return code, out

    return run


@contextmanager
def command(place: Place, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run it as a process of its own, without a terminal."""
    with subprocess.Popen(
        LIVE,
        env={**os.environ, **place.environment()},
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
    """Return what a process printed until its end."""
    out, _ = process.communicate()
    assert PREMIUM_TOKEN not in out
    return out


def test_a_right_server_agrees_and_is_as_it_was(tmp_path: Path) -> None:
    """As two processes: code 0, no difference, the whole report, and each check within the rate."""
    with subprocess.Popen(SANDBOX, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout
        place = Place(served.stdout.readline().removeprefix("Sandbox at ").strip())
        before = place.held()
        with command(place, tmp_path) as process:
            out = output(process)
        after = place.held()
        place.close()
        served.kill()
    assert (process.returncode, after) == (0, before), out
    report = json.loads((tmp_path / REPORT).read_text())
    verdicts = [check["verdict"] for check in report["checks"]]
    assert set(verdicts) == {"agrees", "observed"}
    assert verdicts.count("agrees") > 300
    assert (report["stopped"], report["restored"]) == (None, True)
    assert all(f"{check['verdict']:9} {check['name']}"[:40] in out for check in report["checks"])


FAULTS: dict[str, tuple[Fault, Fault]] = {
    **{name: (fault, no_fault) for name, fault in (UPDATES | REQUESTS).items()},
    **{name: (no_fault, fault) for name, fault in RESPONSES.items()},
}
NOTICED: dict[str, str | list[str]] = tomllib.loads((FOLDER / "live/noticed.toml").read_text())[
    "noticed"
]


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_reported(check: Check, sandbox: Place, wrong: Wrong, name: str) -> None:
    """The rows that notice it say so: code 1, or 3 where the fault keeps it from being restored."""
    wrong.asked, wrong.answered = FAULTS[name]
    noticed = NOTICED[name]
    rows = [noticed] if isinstance(noticed, str) else noticed
    code, out = check(ONLY="|".join(map(re.escape, rows)))
    assert code in {1, 3}, out
    differ = [line for line in out.splitlines() if line.startswith("DIFFERS")]
    assert any(row in line for row in rows for line in differ)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHOICES)
def test_what_the_page_leaves_open_is_no_difference(
    check: Check, sandbox: Place, wrong: Wrong, name: str
) -> None:
    """Another choice than the sandbox's is observed, if it is seen at all."""
    before = sandbox.held()
    wrong.asked, wrong.answered = CHOICES[name]
    code, out = check()
    assert (code, sandbox.held()) == (0, before), out


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ({"drop": True}, "DIFFERS   name 1: no whole response: "),
        ({"status": 500, "text": "<h1>oh</h1>"}, "DIFFERS   name 1: 500 '<h1>oh</h1>'; the"),
    ],
    ids=["dropped", "500"],
)
def test_a_failure_in_between_is_reported(
    check: Check,
    sandbox: Place,
    monkeypatch: pytest.MonkeyPatch,
    answer: dict[str, Any],
    line: str,
) -> None:
    """One request fails; the others are checked all the same."""
    before, ask = sandbox.held(), Run.check

    def failing(run: Run, row: Row, *others: Any) -> Finding:
        if row[0] == "name 1":
            sandbox.inject(**answer)
        return ask(run, row, *others)

    monkeypatch.setattr(Run, "check", failing)
    code, out = check(ONLY="name")
    assert line in out
    assert ", 1 differ, " in out
    assert (code, sandbox.held()) == (1, before)


def test_it_stops_when_nothing_is_heard_again_and_again(
    check: Check, sandbox: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After four requests without a response; the template is restored all the same."""
    before, ask = sandbox.held(), Run.check

    def failing(run: Run, row: Row, *others: Any) -> Finding:
        sandbox.inject(drop=True)
        return ask(run, row, *others)

    monkeypatch.setattr(Run, "check", failing)
    code, out = check()
    assert "Not all checks were made: 4 requests got no whole response" in out
    assert (code, sandbox.held()) == (1, before)


@pytest.mark.parametrize("answer", [{"status": 500}, {"whole": False}], ids=["500", "half"])
def test_a_change_without_its_response_is_read_and_restored(
    check: Check, sandbox: Place, wrong: Wrong, answer: dict[str, Any]
) -> None:
    """What was changed all the same is not held against the next check."""
    before, asked = sandbox.held(), itertools.count()

    def lose_a_change(exchange: Exchange) -> None:
        if exchange.sent and next(asked) == 3:
            vars(exchange).update(answer)

    wrong.answered = lose_a_change
    code, out = check(ONLY="designIds ")
    assert ", 1 differ, " in out
    assert (code, sandbox.held()) == (1, before)


OTHER = {"SECOND_ACCESS_TOKEN": SECOND_TOKEN, "SECOND_TEMPLATE_ID": SECOND_TEMPLATE_ID}
FREE = {"SECOND_ACCESS_TOKEN": FREE_TOKEN, "SECOND_TEMPLATE_ID": FREE_TEMPLATE_ID}
ANOTHER_ID = "01j9zt4e8w6mq2k0r5x3vnhb7c"


def test_another_organization_is_checked_too(check: Check, sandbox: Place) -> None:
    """Its token and its template do not open ours, nor ours its; what is changed is restored."""
    before = sandbox.held()
    for others in (OTHER, FREE, {**FREE, "SECOND_PREMIUM": "no"}):
        code, out = check(ONLY="nothing else", **others)
        assert (code, sandbox.held()) == (0, before), out
        assert out.count("agrees    another organization's") >= 6


@pytest.mark.parametrize("known", sorted(OTHER))
def test_half_of_another_organization_is_enough(check: Check, known: str) -> None:
    """A token, or the id of a template, gives the checks that need no more."""
    code, out = check(ONLY="nothing else", **{known: OTHER[known]})
    assert (code, out.count("agrees    another organization's")) == (0, 2)


def _tenantless(exchange: Exchange) -> None:
    template = exchange.store.get(exchange.path.removeprefix("/v1/groups/"))
    tokens = {"premium": PREMIUM_TOKEN, "second": SECOND_TOKEN}
    if template:
        exchange.headers["authorization"] = f"Bearer {tokens[template.organization]}"


def _renames_all(exchange: Exchange) -> None:
    for template in exchange.store.all():
        name = exchange.sent.get("name") if isinstance(exchange.sent, dict) else None
        if name and exchange.status == 200:
            exchange.store.put(replace(template, name=name))


@pytest.mark.parametrize(
    ("asked", "answered", "line"),
    [
        (_tenantless, no_fault, "DIFFERS   another organization's token: 200"),
        (_tenantless, no_fault, "DIFFERS   another organization's template: 200"),
        (no_fault, _renames_all, f"DIFFERS   template {ANOTHER_ID} is as it was: name is"),
    ],
    ids=["token", "template", "another template"],
)
def test_a_fault_about_others_is_reported(
    check: Check, sandbox: Place, wrong: Wrong, asked: Fault, answered: Fault, line: str
) -> None:
    """Tenants that are mixed up, and another template of the organization that changes."""
    sandbox.template(id=ANOTHER_ID, name="Another")
    wrong.asked, wrong.answered = asked, answered
    code, out = check(ONLY="name 1", OTHER_TEMPLATE_ID=ANOTHER_ID, **OTHER)
    assert (code, line in out) == (1, True), out


def test_a_plan_is_what_the_settings_say(check: Check) -> None:
    """Designs that a plan should not allow, and a 402 where it should."""
    code, out = check(ONLY="designIds 1", PREMIUM="no")
    assert "DIFFERS   designIds 1: 200" in out
    assert "only available to premium organizations" in out
    assert code == 1
    free = {"ACCESS_TOKEN": FREE_TOKEN, "TEMPLATE_ID": FREE_TEMPLATE_ID}
    assert check(ONLY="designIds 1", PREMIUM="yes", **free)[0] == 1


def test_others_that_cannot_be_read_leave_checks_out(check: Check) -> None:
    """The rest is checked, and the report says what was not."""
    code, out = check(ONLY="name 1", OTHER_TEMPLATE_ID="unknown")
    assert (code, "Not all checks were made: template unknown could not be read" in out) == (
        2,
        True,
    )


class Time:
    """The time of a run: it passes only while the run sleeps, and then in the sandbox too."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._now = 0.0
        place.advance(0)

    def monotonic(self) -> float:
        """Return the seconds that the run has slept."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self._now += seconds
        self._place.advance(seconds)


@pytest.fixture
def slept(sandbox: Place, monkeypatch: pytest.MonkeyPatch) -> Time:
    """Give a run a time of its own."""
    slept = Time(sandbox)
    monkeypatch.setattr("contract.live.service.time", slept)
    return slept


def test_the_rate_limit_is_exceeded_only_if_asked_for(
    check: Check, sandbox: Place, slept: Time
) -> None:
    """The 429 is the page's, changes nothing, and is waited for."""
    sandbox.limit(30)
    code, out = check(ONLY="name 1", RATE_LIMIT="yes")
    assert (code, "observed  the rate limit: after " in out) == (0, True), out
    assert "Retry-After: 1" in out
    statuses = [request["status"] for request in sandbox.requests()]
    assert statuses.count(429) == 1
    sandbox.limit(1000)
    assert "none was met by 200 requests at once" in check(ONLY="name 1", RATE_LIMIT="yes")[1]


@pytest.mark.parametrize("answer", [{"answer": {"error": "slow"}}, {"kind": "text/plain"}], ids=str)
def test_a_wrong_429_is_reported(
    check: Check, sandbox: Place, wrong: Wrong, slept: Time, answer: dict[str, Any]
) -> None:
    """Its body is documented too."""
    sandbox.limit(30)
    wrong.answered = of.on(429, **answer)
    code, out = check(ONLY="name 1", RATE_LIMIT="yes")
    assert (code, "DIFFERS   the rate limit: " in out) == (1, True), out


def test_without_a_terminal_and_a_yes_nothing_is_sent(
    check: Check, sandbox: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says how to say yes, and the server has seen nothing."""
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        code, out = check(CONFIRM="")
    assert "CONFIRM=yes" in out
    assert (code, sandbox.requests()) == (2, [])


@pytest.mark.parametrize(("said", "code"), [("n\n", 2), ("\n", 2), ("y\n", 0)])
def test_on_a_terminal_it_asks(
    check: Check, sandbox: Place, monkeypatch: pytest.MonkeyPatch, said: str, code: int
) -> None:
    """Only after a yes there is more than the page's own request, which changes nothing."""
    before = sandbox.held()
    terminal, other_end = pty.openpty()
    os.write(terminal, said.encode())
    with open(other_end) as typed:  # noqa: PTH123 - a file descriptor
        monkeypatch.setattr(sys, "stdin", typed)
        ended, out = check(CONFIRM="", ONLY="name 1")
    os.close(terminal)
    host = sandbox.url.removeprefix("http://")
    assert f'Change and restore template "{NAME}" ({TEMPLATE_ID}) on {host}? [y/N]' in out
    assert (ended, sandbox.held()) == (code, before)
    assert (set(sandbox.bodies()) == {"{}"}) is (code == 2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_the_template_is_restored(
    sandbox: Place, wrong: Wrong, tmp_path: Path, number: signal.Signals
) -> None:
    """Stopped while the template is changed: as before, code 2, and the report says so."""
    before = sandbox.held()

    def signal_at_a_change(exchange: Exchange) -> None:
        if exchange.sent:
            wrong.answered = no_fault
            process.send_signal(number)

    wrong.answered = signal_at_a_change
    with command(sandbox, tmp_path) as process:
        out = output(process)
    assert (process.returncode, sandbox.held()) == (2, before)
    assert "Not all checks were made: interrupted" in out
    # Two reads before, two rows that change nothing and a read after each, the change; then a
    # read, the way back and a last read.
    assert len(sandbox.requests()) == 10
    assert json.loads((tmp_path / REPORT).read_text())["stopped"] == "interrupted"


def test_what_cannot_be_restored_is_reported(check: Check, sandbox: Place, wrong: Wrong) -> None:
    """Code 3, and the values to send by hand."""
    wrong.asked = UPDATES["designs appended"]
    code, out = check(ONLY="designIds 1")
    assert code == 3
    assert "DIFFERS   designIds 1" in out
    _, _, by_hand = out.partition("NOT RESTORED")
    assert sandbox.url in by_hand
    assert json.dumps(DESIGNS) in by_hand
    assert not json.loads(REPORT.read_text())["restored"]


def test_what_only_the_server_could_restore_is_reported(
    check: Check, sandbox: Place, wrong: Wrong
) -> None:
    """A null that the server fills by itself counts too, though it is never sent."""
    sandbox.template(learningEventUrl=None)
    wrong.asked = of.fields(lambda sent, _: {**sent, "learningEventUrl": "urn:a:b"})
    code, out = check(ONLY="name 1")
    assert code == 3
    assert '"learningEventUrl": null' in out.partition("NOT RESTORED")[2]


@pytest.mark.parametrize(
    "answer", [{"status": 500}, {"answer": {"id": TEMPLATE_ID}}], ids=["500", "no fields"]
)
def test_only_a_read_shows_that_it_is_as_it_was(
    check: Check, wrong: Wrong, answer: dict[str, Any]
) -> None:
    """If after the first no read shows the fields, they count as not restored."""
    asked = itertools.count()

    def hide(exchange: Exchange) -> None:
        if next(asked) and exchange.sent == {}:
            vars(exchange).update(answer)

    wrong.answered = hide
    assert check(ONLY="name 1")[0] == 3


def test_a_failure_on_the_way_back_is_tried_again(
    check: Check, sandbox: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last requests are not given up for a connection that broke."""
    before, restore = sandbox.held(), Run.restore

    def failing(run: Run) -> list[str] | None:
        sandbox.inject(drop=True, times=2)
        return restore(run)

    monkeypatch.setattr(Run, "restore", failing)
    assert (check(ONLY="name 1")[0], sandbox.held()) == (0, before)


def test_what_else_has_moved_is_reported(check: Check, wrong: Wrong) -> None:
    """A read at the end shows a legacy id that is gone: no failure, but it is said."""
    asked = itertools.count()

    def show_legacy(exchange: Exchange) -> None:
        if exchange.status == 200:
            exchange.answer["badgeDesignId"] = None if next(asked) else "a"

    wrong.answered = show_legacy
    code, out = check(ONLY="name 1")
    assert code == 0
    assert "The template is as it was, but for badgeDesignId, updatedAt." in out


def test_a_server_that_ends_in_between_is_reported(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same if the server is gone for good, here after it has changed the designs."""
    send = Service.send
    with ExitStack() as server:
        sandbox = server.enter_context(running())

        def then_end(service: Service, request: Request) -> httpx.Response:
            response = send(service, request)
            if b"designIds" in request.body:
                server.close()
            return response

        monkeypatch.setattr(Service, "send", then_end)
        code, out = check(BASE_URL=sandbox.url)
    assert code == 3
    assert "Not all checks were made: cannot reach" in out
    assert json.dumps(DESIGNS) in out.partition("NOT RESTORED")[2]


def test_a_token_that_a_server_echoes_is_not_shown(check: Check, wrong: Wrong) -> None:
    """Nor half of it, where a long message is cut; `check` looks."""

    def echo(exchange: Exchange) -> None:
        if exchange.status != 200:
            authorization = exchange.headers.get("authorization")
            exchange.answer["error"]["message"] = f"{'-' * 370} {authorization}"

    wrong.answered = echo
    code, out = check(ONLY="authentication")
    assert (code, "Bearer <token>" in out) == (1, True)


def test_plain_http_passes_no_proxy(check: Check) -> None:
    """A proxy of the environment, here one that is not there, would see the token."""
    assert check(ONLY="name 1", HTTP_PROXY="http://127.0.0.1:9", NO_PROXY="")[0] == 0


def test_nothing_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Not even the name of a template."""
    Report("").say("a\x1b[2Jb\nc")
    assert capsys.readouterr().out == "a?[2Jb?c\n"


def test_a_url_of_null_is_never_changed(check: Check, sandbox: Place) -> None:
    """There is no documented way back to null, so no request has the field."""
    sandbox.template(learningEventUrl=None)
    code, out = check()
    assert (code, "could not be restored: learningEventUrl" in out) == (0, True)
    assert not any("learningEventUrl" in body for body in sandbox.bodies())


def test_no_designs_are_left_alone(check: Check, sandbox: Place) -> None:
    """An empty list could not be restored: the page wants an item."""
    sandbox.template(designIds=[])
    code, _ = check()
    assert code == 0
    assert not any("esignId" in body for body in sandbox.bodies())


def test_a_plan_without_designs_is_no_difference(check: Check) -> None:
    """The documented 402 is observed once, and then expected."""
    code, out = check(ACCESS_TOKEN=FREE_TOKEN, TEMPLATE_ID=FREE_TEMPLATE_ID)
    assert (code, out.count("402: no designs in this plan")) == (0, 1)


def test_a_wait_is_obeyed(check: Check, sandbox: Place, slept: Time) -> None:
    """A limit of the service is waited for, observed, and no failure; a retry counts too."""
    sandbox.limit(20)
    code, out = check(ONLY="versions")
    assert code == 0
    assert "observed  429: at 10000 requests a second; Retry-After: 1" in out
    # Without a valid token, or with another method, a request does not count.
    statuses = [request["status"] for request in sandbox.requests()]
    statuses = [status for status in statuses if status not in {401, 405}]
    refused = [at for at, status in enumerate(statuses) if status == 429]
    # Twenty in a second and a refusal; none comes during the wait, and the retry is one of twenty.
    assert refused == list(range(20, len(statuses), 21))
    assert int(slept.monotonic()) == len(refused) > 1


def test_it_stops_when_the_service_limits_it_again_and_again(check: Check, sandbox: Place) -> None:
    """After three waits it is over, before anything was changed."""
    sandbox.inject(status=429, headers={"Retry-After": "0"}, times=4)
    code, out = check()
    assert (code, "still responds 429 after 3 waits" in out) == (2, True)
    assert len(sandbox.requests()) == 4


def test_a_wait_has_a_bound() -> None:
    """Whatever Retry-After says, it is at most a minute; and so it is if it says nothing."""
    said = ["0", "7", "61", "1000000000", "-1", "soon", ""]
    assert [wait_of(value) for value in said] == [0, 7, 60, 60, 60, 60, 60]


def test_a_rate_is_kept(sandbox: Place, slept: Time) -> None:
    """At 50 a second, a request comes every fiftieth of a second, a repetition too."""
    sandbox.inject(status=429, headers={"Retry-After": "0"})
    settings = Settings.of(sandbox.environment(RATE="50"))
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
def test_what_cannot_be_meant_is_refused(sandbox: Place, others: dict[str, str]) -> None:
    """Also plain http to another machine; the text names the variable, and no token."""
    with pytest.raises(Stopped, match=next(iter(others))) as refused:
        Settings.of(sandbox.environment(**others))
    assert PREMIUM_TOKEN not in str(refused.value)


def test_two_a_second_if_nothing_is_said(sandbox: Place) -> None:
    """The rate of a service that limits at about three."""
    assert Settings.of(sandbox.environment(RATE="")).rate == 2


@pytest.mark.parametrize(
    ("others", "line"),
    [
        ({"TEMPLATE_ID": "unknown"}, "could not be read: 404 not_found"),
        ({"ACCESS_TOKEN": "unknown"}, "could not be read: 401 unauthorized"),
        ({"BASE_URL": "http://127.0.0.1:9"}, "cannot reach 127.0.0.1:9"),
    ],
    ids=["unknown id", "unknown token", "nobody there"],
)
def test_a_template_that_cannot_be_read_is_reported(
    check: Check, others: dict[str, str], line: str
) -> None:
    """One line and code 2."""
    code, out = check(**others)
    assert (code, line in out, out.count("\n")) == (2, True, 1)
