"""The checks for another server, tried on sandboxes: right ones, wrong ones, and failing ones."""

import itertools
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from certifier_sandbox import FREE_TEMPLATE_ID, FREE_TOKEN, PREMIUM_TOKEN, TEMPLATE_ID, running
from contract.live import __main__ as live
from contract.live.faults import ANSWERED, ASKED, append_designs, echo, fields, sends
from contract.live.report import Finding, Report
from contract.live.run import Run
from contract.live.service import Probe, Service, wait_of
from contract.live.settings import Settings, Stopped
from contract.live.wrong import Exchange, Fault, Wrong, no_fault, wrong_server
from support import ROOT

NAME = "Financial Markets"
DESIGNS = ["01fpwtztwf7sacca5r0c483mnm", "01hz2ej4yzdcfkq9fa78nhyj0x"]
LIVE = [sys.executable, str(ROOT / "tests/contract/live")]
SANDBOX = [sys.executable, "-m", "certifier_sandbox", "--port", "0"]
REPORT = Path("build/contract/live.json")

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
    assert (verdicts.count("agrees"), set(verdicts)) == (30, {"agrees", "observed"})
    assert (report["stopped"], report["restored"]) == (None, True)
    assert all(f"{check['verdict']:9} {check['name']}" in out for check in report["checks"])


@pytest.mark.parametrize(("fault", "line"), ANSWERED.values(), ids=ANSWERED)
def test_a_wrong_answer_is_reported(
    check: Check, sandbox: Place, wrong: Wrong, fault: Fault, line: str
) -> None:
    """A difference is a line, code 1, and no reason to leave the template changed."""
    before = sandbox.held()
    wrong.answered = fault
    code, out = check()
    assert "Not all checks were made" not in out
    assert any(line in told for told in out.splitlines() if told.startswith("DIFFERS")), out
    assert (code, sandbox.held()) == (1, before)


@pytest.mark.parametrize(("fault", "line"), ASKED.values(), ids=ASKED)
def test_a_wrong_update_is_reported_and_put_back(
    check: Check, sandbox: Place, wrong: Wrong, fault: Fault, line: str
) -> None:
    """So is what the server does though it should not; what that changes is put back."""
    before = sandbox.held()
    wrong.asked = fault
    code, out = check()
    assert any(line in told for told in out.splitlines() if told.startswith("DIFFERS")), out
    assert (code, sandbox.held()) == (1, before)


def test_an_update_of_nothing_that_changes_something_is_reported(
    check: Check, sandbox: Place, wrong: Wrong
) -> None:
    """The first {} tells the truth, the second renames."""
    before, asked = sandbox.held(), itertools.count()
    rename = {"name": "Touched"}
    wrong.asked = sends(lambda sent, _: rename if not sent and next(asked) == 1 else sent)
    code, out = check()
    assert f"DIFFERS   {{}} changes nothing: name is 'Touched' instead of '{NAME}'" in out
    assert (code, sandbox.held()) == (1, before)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ({"drop": True}, "DIFFERS   name alone: no whole answer: "),
        ({"status": 500, "text": "<h1>oh</h1>"}, "DIFFERS   name alone: 500 '<h1>oh</h1>'; the"),
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

    def failing(run: Run, probe: Probe) -> Iterator[Finding]:
        if probe.name == "name alone":
            sandbox.inject(**answer)
        return ask(run, probe)

    monkeypatch.setattr(Run, "check", failing)
    code, out = check()
    assert line in out
    assert "29 agree, 1 differ" in out
    assert (code, sandbox.held()) == (1, before)


@pytest.mark.parametrize("answer", [{"status": 500}, {"whole": False}], ids=["500", "half"])
def test_a_change_without_its_answer_is_put_back(
    check: Check, sandbox: Place, wrong: Wrong, answer: dict[str, Any]
) -> None:
    """What was changed all the same is not held against the next check."""
    before, asked = sandbox.held(), itertools.count()

    def lose_the_third(exchange: Exchange) -> None:
        if next(asked) == 2:
            vars(exchange).update(answer)

    wrong.answered = lose_the_third
    code, out = check()
    assert "DIFFERS   name alone" in out
    assert "29 agree, 1 differ" in out
    assert (code, sandbox.held()) == (1, before)


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
        ended, out = check(CONFIRM="")
    os.close(terminal)
    host = sandbox.url.removeprefix("http://")
    assert f'Change and restore template "{NAME}" ({TEMPLATE_ID}) on {host}? [y/N]' in out
    assert (ended, sandbox.held()) == (code, before)
    assert (sandbox.bodies() == ["{}"]) is (code == 2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_the_template_is_put_back(
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
    # A read before the changes and one as their first check, the change, its way back, two reads.
    assert len(sandbox.requests()) == 6
    assert json.loads((tmp_path / REPORT).read_text())["stopped"] == "interrupted"


def test_what_cannot_be_put_back_is_told(check: Check, sandbox: Place, wrong: Wrong) -> None:
    """Code 3, and the values to send by hand."""
    wrong.asked = fields(append_designs)
    code, out = check()
    assert code == 3
    assert "DIFFERS   designIds alone" in out
    _, _, by_hand = out.partition("NOT PUT BACK")
    assert sandbox.url in by_hand
    assert json.dumps(DESIGNS) in by_hand
    assert not json.loads(REPORT.read_text())["restored"]


def test_what_only_the_server_could_put_back_is_told(
    check: Check, sandbox: Place, wrong: Wrong
) -> None:
    """A null that the server fills by itself counts too, though it is never sent."""
    sandbox.template(learningEventUrl=None)
    wrong.asked = fields(lambda sent, _: {**sent, "learningEventUrl": "urn:a:b"})
    code, out = check()
    assert code == 3
    assert '"learningEventUrl": null' in out.partition("NOT PUT BACK")[2]


@pytest.mark.parametrize(
    "answer", [{"status": 500}, {"answer": {"id": TEMPLATE_ID}}], ids=["500", "no fields"]
)
def test_only_a_read_shows_that_it_is_as_it_was(
    check: Check, wrong: Wrong, answer: dict[str, Any]
) -> None:
    """If after the first no read shows the fields, they count as not put back."""
    asked = itertools.count()

    def hide(exchange: Exchange) -> None:
        if next(asked) and exchange.sent == {}:
            vars(exchange).update(answer)

    wrong.answered = hide
    assert check()[0] == 3


def test_a_failure_on_the_way_back_is_tried_again(
    check: Check, sandbox: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last requests are not given up for a connection that broke."""
    before, restore = sandbox.held(), Run.restore

    def failing(run: Run) -> list[str] | None:
        sandbox.inject(drop=True, times=2)
        return restore(run)

    monkeypatch.setattr(Run, "restore", failing)
    assert (check()[0], sandbox.held()) == (0, before)


def test_what_else_has_moved_is_told(check: Check, wrong: Wrong) -> None:
    """A read at the end shows a legacy id that is gone: no failure, but it is said."""
    asked = itertools.count()

    def show_legacy(exchange: Exchange) -> None:
        if exchange.status == 200:
            exchange.answer["badgeDesignId"] = None if next(asked) else "a"

    wrong.answered = show_legacy
    code, out = check()
    assert code == 0
    assert "The template is as it was, but for updatedAt, badgeDesignId." in out


def test_a_server_that_ends_in_between_is_told(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same if the server is gone for good, here after it has changed the designs."""
    send = Service.send
    with ExitStack() as server:
        sandbox = server.enter_context(running())

        def then_end(service: Service, probe: Probe) -> httpx.Response:
            response = send(service, probe)
            if probe.name == "designIds alone":
                server.close()
            return response

        monkeypatch.setattr(Service, "send", then_end)
        code, out = check(BASE_URL=sandbox.url)
    assert code == 3
    assert "Not all checks were made: cannot reach" in out
    assert json.dumps(DESIGNS) in out.partition("NOT PUT BACK")[2]


def test_a_token_that_a_server_echoes_is_not_shown(check: Check, wrong: Wrong) -> None:
    """Nor half of it, where a long message is cut; `check` looks."""
    wrong.answered = echo
    code, out = check()
    assert (code, "Bearer <token>" in out) == (1, True)


def test_plain_http_passes_no_proxy(check: Check) -> None:
    """A proxy of the environment, here one that is not there, would see the token."""
    assert check(HTTP_PROXY="http://127.0.0.1:9", NO_PROXY="")[0] == 0


def test_nothing_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Not even the name of a template."""
    Report("").say("a\x1b[2Jb\nc")
    assert capsys.readouterr().out == "a?[2Jb?c\n"


def test_a_url_of_null_is_never_changed(check: Check, sandbox: Place) -> None:
    """There is no documented way back to null, so no request has the field."""
    sandbox.template(learningEventUrl=None)
    code, out = check()
    assert (code, "could not be put back: learningEventUrl" in out) == (0, True)
    assert not any("learningEventUrl" in body for body in sandbox.bodies())


def test_designs_are_only_its_own(check: Check, sandbox: Place) -> None:
    """Of one design there is no other order; no unknown id is sent for one."""
    sandbox.template(designIds=["a"])
    code, out = check()
    assert (code, "designIds alone" in out) == (0, False)
    sent = [json.loads(body) for body in sandbox.bodies() if body.startswith('{"designIds": ["')]
    assert sent
    assert all(set(body["designIds"]) == {"a"} for body in sent)


def test_no_designs_are_left_alone(check: Check, sandbox: Place) -> None:
    """An empty list could not be put back: the page wants an item."""
    sandbox.template(designIds=[])
    code, _ = check()
    assert code == 0
    assert not any("designIds" in body for body in sandbox.bodies())


def test_a_plan_without_designs_is_no_difference(check: Check, sandbox: Place) -> None:
    """The documented 402 is observed once, and no design is sent again."""
    code, out = check(ACCESS_TOKEN=FREE_TOKEN, TEMPLATE_ID=FREE_TEMPLATE_ID)
    assert (code, out.count("402: no designs in this plan")) == (0, 1)
    assert sum("designIds" in body for body in sandbox.bodies()) == 1


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


def test_a_wait_is_obeyed(check: Check, sandbox: Place, slept: Time) -> None:
    """A limit of the service is waited for, observed, and no failure; a retry counts too."""
    sandbox.limit(20)
    code, out = check()
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
    assert (code, "still answers 429 after 3 waits" in out) == (2, True)
    assert len(sandbox.requests()) == 4


def test_a_wait_has_a_bound() -> None:
    """Whatever Retry-After says, it is at most a minute; and so it is if it says nothing."""
    said = ["0", "7", "61", "1000000000", "-1", "soon", ""]
    assert [wait_of(value) for value in said] == [0, 7, 60, 60, 60, 60, 60]


def test_a_rate_is_kept(sandbox: Place, slept: Time) -> None:
    """At 50 a second, a request comes every fiftieth of a second, a repetition too."""
    sandbox.inject(status=429, headers={"Retry-After": "0"})
    settings = Settings.of(sandbox.environment(RATE="50"))
    with Service(settings, "2022-10-26") as service:
        for _ in range(5):
            service.send(Probe("", None))
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
def test_a_template_that_cannot_be_read_is_told(
    check: Check, others: dict[str, str], line: str
) -> None:
    """One line and code 2."""
    code, out = check(**others)
    assert (code, line in out, out.count("\n")) == (2, True, 1)
