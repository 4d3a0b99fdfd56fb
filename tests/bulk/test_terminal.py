"""What the command asks and shows on a terminal, and elsewhere."""

import ast
import functools
import io
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bulk.command import COMMAND, certifier, certifier_of, started
from bulk.conftest import IDS
from bulk.lists import environment
from bulk.moments import at_request, held
from bulk.terminal import on_terminal
from certifier_client import Outcome, cli
from certifier_client.blocking import run as run_without_loop
from certifier_client.cli.progress import Announcing, Progressing
from certifier_sandbox import TEMPLATE_ID, Sandbox
from support import run

# Another host, as far as the command knows; nothing listens there.
ELSEWHERE = "https://127-0-0-1.invalid"
# How the command ends after "n", Ctrl-C, or Ctrl-D.
STOPPED = {
    "n\n": "n\r\nstopped: nothing was sent\r\n",
    "\x03": "^C",
    "\x04": "stopped: nothing was sent\r\n",
}


@pytest.fixture
def changes(tmp_path: Path) -> Path:
    """Write a file that changes the names of all templates."""
    path = tmp_path / "changes.csv"
    path.write_text("id,name\n" + "".join(f"{template},new\n" for template in IDS))
    return path


def test_the_command_says_where_it_writes(sandbox: Sandbox, changes: Path) -> None:
    """It prints the number of changes, the server, and the API version."""
    shown = certifier("apply", changes, "--snapshot")
    said = f"40 changes: {sandbox.url} (API version 2022-10-26)"
    assert shown.stderr.splitlines()[0] == said
    shown = certifier("undo", f"{changes}.journal")
    assert shown.stderr.splitlines()[0] == f"40 templates to restore: {said.partition(': ')[2]}"


@pytest.mark.parametrize("arguments", [["update", TEMPLATE_ID, "--name", "new"], ["apply"]])
@pytest.mark.parametrize("typed", ["n\n", "\x03", "\x04"])
def test_on_a_terminal_it_asks_before_it_writes_to_another_host(
    arguments: list[str], typed: str, sandbox: Sandbox, changes: Path
) -> None:
    """No, Ctrl-C and Ctrl-D end the command, with nothing sent and no journal."""
    given = [*arguments, str(changes)] if arguments == ["apply"] else arguments
    variables = environment(sandbox) | {"CERTIFIER_BASE_URL": ELSEWHERE}
    with on_terminal(*given, env=variables) as terminal:
        terminal.wait_for(r"Write there\? \[y/N\]: ")
        number = "40 changes" if arguments == ["apply"] else "1 change"
        assert terminal.shown.startswith(f"{number}: {ELSEWHERE} (API version 2022-10-26)\r\n")
        assert terminal.code(typed) == 130
    assert terminal.shown.endswith(STOPPED[typed])
    assert not Path(f"{changes}.journal").exists()


def test_on_this_host_it_does_not_ask(sandbox: Sandbox, changes: Path) -> None:
    """There is no question either if there is no terminal."""
    with on_terminal("apply", changes, env=environment(sandbox)) as terminal:
        assert terminal.code() == 0
    assert "Write there?" not in terminal.shown


@pytest.mark.parametrize("command", ["update", "apply", "undo"])
def test_with_yes_it_does_not_ask(command: str, sandbox: Sandbox, tmp_path: Path) -> None:
    """The request is made at once; nothing listens there."""
    path = tmp_path / "changes.csv"
    path.write_text(f"id,name\n{IDS[0]},new\n")
    if command == "undo":
        assert certifier("apply", path, "--snapshot").returncode == 0
        with closing(sqlite3.connect(f"{path}.journal")) as journal, journal:
            journal.execute(
                "UPDATE run SET server = replace(server, ?, ?)", [sandbox.url, ELSEWHERE]
            )
    arguments: dict[str, list[object]] = {
        "update": [TEMPLATE_ID, "--name", "new"],
        "apply": [path],
        "undo": [f"{path}.journal"],
    }
    variables = environment(sandbox) | {"CERTIFIER_BASE_URL": ELSEWHERE}
    with on_terminal(command, *arguments[command], "--yes", env=variables) as terminal:
        assert terminal.code() == (7 if command == "update" else 8)
    assert "Write there?" not in terminal.shown


@pytest.mark.parametrize(
    ("url", "streams"),
    [
        (ELSEWHERE, {"stdin": subprocess.DEVNULL}),
        (ELSEWHERE, {"stderr": subprocess.DEVNULL}),
        ("https://localhost:1", {}),
        ("https://[::1]:1", {}),
    ],
)
def test_without_a_terminal_or_on_this_host_it_does_not_ask(
    url: str, streams: dict[str, int], sandbox: Sandbox
) -> None:
    """Both standard input and standard error have to be a terminal."""
    variables = environment(sandbox) | {"CERTIFIER_BASE_URL": url}
    given = ["update", TEMPLATE_ID, "--name", "new"]
    with on_terminal(*given, env=variables, **streams) as terminal:
        assert terminal.code() == 7
    assert "Write there?" not in terminal.shown


def test_it_asks_on_standard_error(sandbox: Sandbox, changes: Path, tmp_path: Path) -> None:
    """The output may go to a file or another command; so does the bar."""
    variables = environment(sandbox) | {"CERTIFIER_BASE_URL": ELSEWHERE, "TERM": "xterm"}
    del variables["CERTIFIER_ACCESS_TOKEN"]
    with (tmp_path / "out").open("w") as out:
        with on_terminal("apply", changes, stdout=out, env=variables) as terminal:
            terminal.wait_for("Access token: ")
            terminal.type("secret\n")
            terminal.wait_for("Write there?")
            assert terminal.code("n\n") == 130
        with on_terminal("apply", changes, stdout=out, env=environment(sandbox)) as terminal:
            terminal.wait_for("updating")
            assert terminal.code() == 0
    assert (tmp_path / "out").read_text().strip() == ""  # click prints a space


@pytest.mark.parametrize(
    ("typed", "said"), [("\x03", "Access token: "), ("\x04", "\r\nstopped: nothing was sent\r\n")]
)
def test_ctrl_c_at_the_prompt_for_the_token_ends_it(
    typed: str, said: str, sandbox: Sandbox
) -> None:
    """The exit code is that of an interrupt."""
    variables = environment(sandbox)
    del variables["CERTIFIER_ACCESS_TOKEN"]
    with on_terminal("update", TEMPLATE_ID, env=variables) as terminal:
        terminal.wait_for("Access token: ")
        assert terminal.code(typed) == 130
    assert terminal.shown.endswith(said)


def test_the_command_handles_ctrl_c_once_python_has_started() -> None:
    """Earlier, Python itself prints a traceback, so little is imported before."""
    script = (
        "import sys; a = {*sys.modules}; import certifier_client.cli; print({*sys.modules} - a)"
    )
    folder = Path(cli.__file__).parents[2]
    shown = run(
        sys.executable, "-ISc", f"import sys; sys.path.insert(0, {str(folder)!r}); {script}"
    )
    imported = ast.literal_eval(shown.stdout)
    ours = {name for name in imported if name.startswith("certifier_client")}
    assert ours == {"certifier_client", "certifier_client.cli"}
    assert imported.isdisjoint({"re", "typing", "typer"})


@pytest.mark.parametrize("module", ["typer", "rich", "certifier_client.cli.help"])
def test_only_what_the_extra_installs_is_reported_as_missing(module: str) -> None:
    """Anything else that cannot be imported is a bug, with its traceback."""
    script = """
import sys
class Missing:
    def find_spec(name, *_):
        if name == sys.argv[1]:
            raise ModuleNotFoundError(name=name)
sys.meta_path.insert(0, Missing)
from certifier_client.cli import main
main()
"""
    shown = run(sys.executable, "-c", script, module)
    said = f"{module} is missing: pip install 'certifier-client[cli]'\n"
    assert shown.returncode == 1
    assert (shown.stderr == said) is (module in {"typer", "rich"}), shown.stderr


def test_a_question_leaves_no_timer_behind() -> None:
    """While the command asks, it looks for signals ten times a second."""
    script = """
from signal import *
from certifier_client.cli.connection import _signals_noticed
before = getsignal(SIGALRM)
with _signals_noticed():
    next_time, interval = getitimer(ITIMER_REAL)
assert 0 < next_time <= 0.1 == round(interval, 3)
assert getitimer(ITIMER_REAL) == (0, 0)
assert getsignal(SIGALRM) is before
"""
    shown = run(sys.executable, "-c", script)
    assert (shown.returncode, shown.stderr) == (0, "")


def test_the_summary_begins_with_what_was_applied() -> None:
    """In any order of the outcomes; unsent changes come last."""
    progress = Progressing(5, "updating")
    for number, kind in enumerate(("unsent", "failed", "applied"), 1):
        progress.outcome(Outcome(number, {"id": IDS[0]}, kind))  # type: ignore[arg-type]
    assert progress.summary() == "1 applied, 1 failed, 3 not sent"
    assert progress.bar.tasks[0].completed == 2


@pytest.mark.parametrize(("terminal", "has_bar"), [("xterm", True), ("dumb", False)])
def test_a_dumb_terminal_has_lines_instead_of_a_bar(
    terminal: str,
    has_bar: bool,  # noqa: FBT001 - pytest passes it by name
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As has what is no terminal."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", terminal)
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert Progressing(1, "updating").bar.disable is not has_bar


def test_there_is_a_line_every_five_seconds_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what is known so far."""
    progress = Progressing(3, "updating")
    start = time.monotonic()
    for number, seconds in enumerate((4, 6, 10), 1):
        monkeypatch.setattr(time, "monotonic", lambda now=start + seconds: now)
        progress.outcome(Outcome(number, {"id": IDS[0]}, "applied"))
    assert capsys.readouterr().err == "2 of 3: 2 applied, 1 not sent\n"


def test_a_long_wait_is_reported_once_for_all_requests_in_flight(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is reported again if it ends more than a second later; the limiter obeys it."""
    limiter = Announcing()
    said: list[str] = []
    for seconds, wait in ((0, 5.0), (0, None), (0, 6.0), (1, 6.0), (1.5, 6.0), (2, 9.0)):
        monkeypatch.setattr(time, "monotonic", lambda now=seconds: now)
        run_without_loop(limiter.on_throttled(wait))
        said.append(capsys.readouterr().err)
    line = "too many requests: the service asks for a wait of {} seconds\n".format
    assert said == ["", "", line(6), "", line(6), line(9)]
    assert (run_without_loop(limiter.acquire()) or 0) > 8


def test_there_is_a_bar_on_a_terminal_only(sandbox: Sandbox, changes: Path) -> None:
    """There is no bar on a dumb terminal or in a file, even with FORCE_COLOR."""
    variables = environment(sandbox) | {"FORCE_COLOR": "1", "TERM": "xterm"}
    with on_terminal("apply", changes, env=variables) as terminal:
        assert terminal.code() == 0
    assert re.search("\rupdating ━+ 40/40 0:00:00 *\r", terminal.text), terminal.text
    Path(f"{changes}.journal").unlink()
    with on_terminal("apply", changes, "--snapshot", env=variables | {"TERM": "dumb"}) as terminal:
        assert terminal.code() == 0
    assert "\x1b[" not in terminal.shown
    with on_terminal("undo", f"{changes}.journal", env=variables) as terminal:
        assert terminal.code() == 0
    assert re.search(r"[\r\n]restoring ━+ 40/40 ", terminal.text), terminal.text
    Path(f"{changes}.journal").unlink()
    shown = certifier_of([*COMMAND, "apply", str(changes)], env=variables)
    assert (shown.returncode, "\x1b" in shown.stderr + shown.stdout) == (0, False)


@pytest.mark.parametrize("columns", [80, 50])
@pytest.mark.parametrize("colour", [{}, {"NO_COLOR": "1"}], ids=["colour", "no colour"])
def test_nothing_is_wider_than_the_terminal(
    columns: int, colour: dict[str, str], sandbox: Sandbox, changes: Path
) -> None:
    """Neither help, with its examples and exit codes, nor the bar; NO_COLOR takes colours away."""
    variables = environment(sandbox) | {"TERM": "xterm-256color"} | colour
    variables.pop("COLUMNS", None)
    for command in ([], ["update"], ["apply"], ["undo"]):
        with on_terminal(*command, "-h", columns=columns, env=variables) as terminal:
            assert terminal.code() == 0
        lines = terminal.shown.splitlines()
        assert max(map(len, lines)) <= columns
        assert "  130  stopped; the same command continues" in lines
        assert any(re.match("    certifier-client .*(ID|new.csv)", line) for line in lines)
    with on_terminal("apply", changes, columns=columns, env=variables) as terminal:
        assert terminal.code() == 0
    assert bool(re.search(r"\x1b\[3\d", terminal.shown)) is not bool(colour)
    bars = [line for line in re.split(r"[\r\n]+", terminal.text) if line.startswith("updating")]
    assert bars
    assert max(map(len, bars)) <= columns


def test_what_came_from_a_server_or_a_file_is_escaped(sandbox: Sandbox, tmp_path: Path) -> None:
    """In text and in JSON, it cannot move the cursor or look like another line."""
    bad = "a\x1b[2Jb\x9bc\u202ed\u2028e\x7f"
    sandbox.seed(id=IDS[0], name=bad)
    path = tmp_path / "a.jsonl"
    escaped = bad.encode("unicode_escape").decode().replace("\\x", "\\u00")
    path.write_text(
        f'{{"id": "{IDS[0]}", "name": "{escaped}"}}\n{{"id": "a\\u001bb", "name": "x"}}\n'
    )
    report = tmp_path / "report"
    for arguments in (
        ["update", IDS[0]],
        ["update", IDS[0], "--json"],
        ["apply", path, "--plan"],
        ["apply", path, "--compare"],
        ["apply", path, "--report", report],
    ):
        shown = certifier(*arguments)
        text = shown.stdout + shown.stderr + (report.read_text() if report.exists() else "")
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]", text)


def test_one_401_is_reported_once_and_leaves_no_journal(sandbox: Sandbox, changes: Path) -> None:
    """The message says what to do next."""
    sandbox.inject(status=401, times=99)
    shown = certifier("apply", changes)
    assert (shown.returncode, len(re.findall(r"\b401\b", shown.stderr))) == (5, 1), shown.stderr
    assert re.search(r"check the access token.*the same command continues", shown.stderr)
    assert not Path(f"{changes}.journal").exists()
    assert re.search(r"40 changes: .*\b\d failed", shown.stderr)
    assert re.search(r"\b\d\d not sent", shown.stderr)


def test_a_closed_pipe_and_a_full_disk_end_in_one_line(sandbox: Sandbox, changes: Path) -> None:
    """The line says what was applied."""
    show = [*COMMAND, "update", TEMPLATE_ID]
    update = [*show, "--name", "new"]
    said = {"the template was updated": update, "nothing was changed": show}
    for what, command in said.items():
        with Path("/dev/full").open("w") as full:
            shown = certifier_of(command, capture_output=False, stdout=full, stderr=subprocess.PIPE)
        line = f"error: the output cannot be written: No space left on device; {what}\n"
        assert (shown.returncode, shown.stderr) == (2, line)
    ours, theirs = os.pipe()
    os.close(ours)
    shown = certifier_of(
        [*COMMAND, "apply", str(changes), "--plan"],
        capture_output=False,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    line = "error: the output cannot be written: Broken pipe\n"
    assert (shown.returncode, shown.stderr) == (2, line)
    # The changes are made even if the output is not read.
    shown = certifier_of(
        [*COMMAND, "apply", str(changes)], capture_output=False, stderr=theirs, stdout=theirs
    )
    os.close(theirs)
    assert shown.returncode == 0
    assert {sandbox.templates[template].name for template in IDS} == {"new"}


def _ignore() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def test_an_interrupt_that_was_ignored_at_the_start_stays_ignored(
    sandbox: Sandbox, changes: Path
) -> None:
    """This is so in a background job of a shell."""
    with held(sandbox, 3) as hold, started("apply", changes, preexec_fn=_ignore) as process:
        hold.reached()
        process.send_signal(signal.SIGINT)
        hold.release()
        assert process.wait() == 0
    assert {sandbox.templates[template].name for template in IDS} == {"new"}


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 4])
def test_ctrl_c_at_any_request_ends_the_run_cleanly(
    workers: int, sandbox: Sandbox, tmp_path: Path
) -> None:
    """The exit code is 130, the summary is true, and the same command sends only the others."""
    for number in range(1, 9):
        path = tmp_path / f"{number}.csv"
        path.write_text("id,name\n" + "".join(f"{t},{number}\n" for t in IDS[:8]))
        sandbox._state.log.clear()
        given: list[Any] = ["apply", path, "--workers", workers]
        with started(*given) as process:
            interrupt = functools.partial(process.send_signal, signal.SIGINT)
            with at_request(sandbox, number, interrupt):
                _, said = process.communicate()
        sent = len(sandbox.requests)
        assert process.returncode == (130 if sent < 8 else 0), said
        summary = re.search(r"8 changes: (\d+) applied", said)
        assert summary, said
        assert int(summary[1]) == sent
        assert "Traceback" not in said
        assert certifier(*given).returncode == 0
        assert len(sandbox.requests) == 8
        assert {sandbox.templates[template].name for template in IDS[:8]} == {str(number)}
