"""The command, in the hands of a person or a script."""

import contextlib
import json
import os
import pty
import random
import re
import resource
import shlex
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bulk.command import COMMAND, certifier, certifier_of, started
from bulk.conftest import IDS, open_journal
from bulk.moments import at_request, eventually, held
from bulk.pacing import too_early
from certifier_client import Certifier, CertifierError
from certifier_sandbox import FREE_TEMPLATE_ID, FREE_TOKEN, PREMIUM_TOKEN, TEMPLATE_ID, Sandbox
from support import run


def current(template: str) -> dict[str, Any]:
    """Return the current template, as JSON."""
    with Certifier() as client:
        return client.credential_templates.update(template).to_dict()


def wait_for(process: subprocess.Popen[str], said: str) -> None:
    """Wait until a process has printed a line on standard error."""
    assert process.stderr
    assert any(re.search(said, line) for line in process.stderr), said


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the shortest wait before each retry in this process."""
    monkeypatch.setattr(random, "random", lambda: 0.0)


@pytest.fixture
def changes(tmp_path: Path) -> Path:
    """Write a file that changes the names of three templates."""
    path = tmp_path / "changes.csv"
    path.write_text("id,name\n" + "".join(f"{template},new\n" for template in IDS[:3]))
    return path


def test_update_shows_the_template(sandbox: Sandbox) -> None:
    """It prints words, or the JSON of the API."""
    shown = certifier("update", TEMPLATE_ID, "--name", "A & B")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "name:               A & B\n" in shown.stdout
    shown = certifier("update", TEMPLATE_ID, "--design-id", "a", "--design-id", "b", "--json")
    assert json.loads(shown.stdout)["designIds"] == ["a", "b"]
    assert sandbox.templates[TEMPLATE_ID].name == "A & B"


def test_a_dry_run_sends_nothing_and_hides_the_token(sandbox: Sandbox) -> None:
    """The curl line that it prints makes the same request."""
    shown = certifier("update", TEMPLATE_ID, "--name", "it's $HOME", "--dry-run")
    assert sandbox.requests == []
    assert "cfp_" not in shown.stdout
    curl = shown.stdout.splitlines()[-1]
    assert shlex.split(curl)[-1] == '{"name":"it\'s $HOME"}'
    sent = run("bash", "-c", curl)
    assert json.loads(sent.stdout)["name"] == "it's $HOME", sent.stderr


@pytest.mark.parametrize(
    ("arguments", "variables", "code", "said"),
    [
        (["update", TEMPLATE_ID, "--nam", "a"], {}, 2, "No such option"),
        (["update", ".", "--name", "a"], {}, 2, "is not a valid id"),
        (["update", "nowhere", "--name", "a"], {}, 4, "404"),
        (["update", TEMPLATE_ID], {"CERTIFIER_ACCESS_TOKEN": "wrong"}, 5, "401"),
        (
            ["update", FREE_TEMPLATE_ID, "--design-id", "a"],
            {"CERTIFIER_ACCESS_TOKEN": FREE_TOKEN},
            5,
            "402",
        ),
        (
            ["update", TEMPLATE_ID],
            {"CERTIFIER_BASE_URL": "http://127.0.0.1:1"},
            7,
            "check the base URL",
        ),
        (["update", TEMPLATE_ID, "--token-file", "/nowhere"], {}, 2, "token file"),
        (["update", TEMPLATE_ID, "--token-file", "/dev/null"], {}, 2, "/dev/null is empty"),
        (["update", TEMPLATE_ID, "--base-url", "x"], {}, 2, "error: --base-url is 'x': "),
        (["update", TEMPLATE_ID, "--design-id", "'"], {}, 2, "error: --design-ids[0]"),
        (["apply", "nowhere.csv"], {}, 2, "cannot be read"),
        (["apply", "-", "--format", "xml"], {}, 2, "'csv', 'jsonl', 'json'"),
        (["apply", "/dev/null"], {}, 2, "--format csv, jsonl or json"),
        (["undo", "nowhere.journal"], {}, 2, "does not exist"),
    ],
)
def test_an_error_says_what_to_do_and_has_its_exit_code(
    arguments: list[str],
    variables: dict[str, str],
    code: int,
    said: str,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The message is on standard error; an exception that left the command would fail this."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    shown = certifier(*arguments)
    assert shown.returncode == code, shown.stderr
    assert said in shown.stderr


@pytest.mark.parametrize(("status", "code"), [(409, 3), (302, 3), (429, 6), (503, 7)])
def test_an_error_response_has_its_exit_code(status: int, code: int, sandbox: Sandbox) -> None:
    """Rejections, rate limits and server failures have different codes."""
    sandbox.inject(status=status, times=3)
    assert certifier("update", TEMPLATE_ID).returncode == code


def test_without_a_token_the_error_says_how_to_pass_one(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token file may end in a newline."""
    (tmp_path / "token").write_text(f"{FREE_TOKEN}\n")
    monkeypatch.delenv("CERTIFIER_ACCESS_TOKEN")
    shown = certifier("update", TEMPLATE_ID)
    said = "error: no access token: set CERTIFIER_ACCESS_TOKEN or pass --token-file\n"
    assert (shown.returncode, shown.stderr) == (2, said)
    shown = certifier("update", FREE_TEMPLATE_ID, "--token-file", tmp_path / "token")
    assert shown.returncode == 0


def test_without_a_token_what_sends_nothing_still_works(
    sandbox: Sandbox, changes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dry run and both plans."""
    assert certifier("apply", changes, "--snapshot").returncode == 0
    before = len(sandbox.requests)
    monkeypatch.delenv("CERTIFIER_ACCESS_TOKEN")
    assert certifier("update", TEMPLATE_ID, "--dry-run").returncode == 0
    assert certifier("apply", changes, "--plan").returncode == 0
    assert certifier("undo", f"{changes}.journal", "--plan").returncode == 0
    assert len(sandbox.requests) == before


@pytest.mark.usefixtures("sandbox")
def test_on_a_terminal_the_token_is_asked_for_and_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The terminal never gets what is typed."""
    monkeypatch.delenv("CERTIFIER_ACCESS_TOKEN")
    ours, theirs = pty.openpty()
    terminal = dict.fromkeys(("stdin", "stdout", "stderr"), theirs)
    with started("update", TEMPLATE_ID, **terminal, start_new_session=True) as process:
        os.close(theirs)
        shown = b""
        while b"Access token: " not in shown:
            shown += os.read(ours, 1000)
        os.write(ours, f"{PREMIUM_TOKEN}\n".encode())
        with contextlib.suppress(OSError):  # the terminal is gone
            while data := os.read(ours, 1000):
                shown += data
        assert process.wait() == 0
    os.close(ours)
    assert TEMPLATE_ID.encode() in shown
    assert b"cfp_" not in shown


@pytest.fixture
def a_then_b(tmp_path: Path) -> Path:
    """Write a file that changes the name of one template twice."""
    path = tmp_path / "changes.csv"
    path.write_text(f"id,name\n{IDS[0]},a\n{IDS[0]},b\n")
    return path


@pytest.mark.parametrize(
    ("name", "content", "faults"),
    [
        (
            "a.csv",
            "id,name,design_ids\na,b,\n,b,\n..,b,\na,,\na,b\n\na,b,c  d\n",
            [
                "3: it has no id",
                "4: id '..' is not a valid id",
                "5: it sets nothing",
                "6: it has 2 cells",
            ],
        ),
        ("b.csv", "id,title\na,b\n", ["1: the header is invalid: 'title' is not a field"]),
        ("c.csv", "name\nb\n", ["1: the header is invalid: no column is id"]),
        ("d.csv", "id,name,name\na,b,c\n", ["1: the header is invalid: two columns are name"]),
        (
            "e.jsonl",
            '{"id": "a", "name": "b"}\nno\n[]\n{"id": "a", "designIds": []}\n{"id": "a", "x": 1}\n',
            [
                "2: it is not JSON",
                "3: it is not an object",
                "4: design_ids has 0 items",
                "5: 'x' is not a field",
            ],
        ),
        ("f.json", '[{"id": "a", "name": "b"},\n\n {"id": 5, "name": "b"}]', ["3: id is 5"]),
        ("g.json", "{}", ["1: the array of changes does not begin"]),
    ],
)
def test_a_whole_file_is_checked_before_anything_is_sent(
    name: str, content: str, faults: list[str], sandbox: Sandbox, tmp_path: Path
) -> None:
    """Each error has its line, and no other line is reported."""
    path = tmp_path / name
    path.write_text(content)
    shown = certifier("apply", path)
    lines = [line.removeprefix(f"{path}:") for line in shown.stderr.splitlines()[:-1]]
    assert shown.returncode == 2
    assert len(lines) == len(faults), lines
    assert all(line.startswith(fault) for line, fault in zip(lines, faults, strict=True)), lines
    assert sandbox.requests == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "\ufeffid;name;designIds\r\n{0};Ünï;a b\r\n"),
        ("a.jsonl", '\n{{"id": "{0}", "name": "Ünï", "designIds": ["a", "b"]}}\n\n'),
        ("a.json", '[{{"id": "{0}", "name": "Ünï", "design_ids": ["a", "b"]}}]'),
    ],
)
def test_each_format_is_read(name: str, content: str, sandbox: Sandbox, tmp_path: Path) -> None:
    """Files of spreadsheets and standard input are read too."""
    path = tmp_path / name
    path.write_text(content.format(IDS[0]))
    shown = certifier("apply", path)
    assert shown.returncode == 0, shown.stderr
    given = ["apply", "-", "--format", name[2:], "--no-journal"]
    assert certifier(*given, input=content.format(IDS[1])).returncode == 0
    bodies = [request.body for request in sandbox.requests]
    assert [json.loads(body) for body in bodies] == [{"name": "Ünï", "designIds": ["a", "b"]}] * 2


def test_a_plan_sends_nothing_and_a_comparison_changes_nothing(
    sandbox: Sandbox, changes: Path
) -> None:
    """The comparison prints the differences, with one request per change."""
    shown = certifier("apply", changes, "--plan")
    assert shown.stdout.splitlines()[0] == f'2: {IDS[0]}: name = "new"'
    assert sandbox.requests == []
    shown = certifier("apply", changes, "--compare")
    assert f'2: {IDS[0]}: name: "old" -> "new"\n' in shown.stdout
    assert {request.body for request in sandbox.requests} == {"{}"}
    assert sandbox.templates[IDS[0]].name == "old"


def test_a_comparison_reports_what_would_be_rejected(sandbox: Sandbox, tmp_path: Path) -> None:
    """It names the line and continues; a 401, which every change would get, ends it."""
    path = tmp_path / "a.csv"
    path.write_text(f"id,name\nnowhere,new\n{IDS[1]},new\n")
    shown = certifier("apply", path, "--compare")
    assert shown.returncode == 8
    assert re.search(r"a\.csv:2: nowhere: .*404 not_found", shown.stderr)
    assert shown.stdout == f'3: {IDS[1]}: name: "old" -> "new"\n'
    sandbox.inject(status=503, times=3)
    shown = certifier("apply", path, "--compare", "--workers", "1")
    assert (shown.returncode, shown.stderr.count("503")) == (8, 1)
    assert shown.stdout == f'3: {IDS[1]}: name: "old" -> "new"\n'
    sandbox.inject(status=401, times=3)
    shown = certifier("apply", path, "--compare")
    assert (shown.returncode, shown.stderr.count("401")) == (5, 1)


@pytest.mark.parametrize("option", ["--failures", "--report", "--journal"])
def test_a_file_that_is_named_twice_is_rejected(
    sandbox: Sandbox, changes: Path, option: str
) -> None:
    """The list is unchanged, and nothing was sent."""
    before = changes.read_bytes()
    shown = certifier("apply", changes, option, changes.parent / "." / changes.name)
    assert (shown.returncode, "is named twice" in shown.stderr) == (2, True)
    options = ["--report", "same", "--failures", "./same"]
    with contextlib.chdir(changes.parent):
        assert certifier("apply", changes, *options).returncode == 2
    assert [file.name for file in changes.parent.iterdir()] == [changes.name]
    assert (changes.read_bytes(), sandbox.requests) == (before, [])


def test_a_list_is_applied_once_and_reported(sandbox: Sandbox, tmp_path: Path) -> None:
    """The file of failures can be applied; what was applied is not sent again."""
    path, report, failures = (tmp_path / name for name in ("a.csv", "report", "failures.jsonl"))
    path.write_text(f"id,name\n{IDS[0]},new\nnowhere,new\n{IDS[1]},new\n")
    apply = ["apply", path, "--report", report, "--failures", failures]
    shown = certifier(*apply)
    assert shown.returncode == 8
    assert re.search(r"^3 changes: (2 applied|1 rejected), ", shown.stderr, re.MULTILINE)
    outcomes = {line["id"]: line for line in map(json.loads, report.read_text().splitlines())}
    assert (outcomes["nowhere"]["outcome"], outcomes["nowhere"]["line"]) == ("rejected", 3)
    assert re.search(r"^3: nowhere: rejected: ", shown.stderr, re.MULTILINE)
    assert "404" in outcomes["nowhere"]["error"]
    assert json.loads(failures.read_text()) == {"id": "nowhere", "name": "new"}
    before = len(sandbox.requests)
    again = certifier(*apply)
    assert again.returncode == 8
    assert "2 done before" in again.stderr
    assert re.search("nowhere: rejected: .*404 not_found.*in an earlier run", again.stderr)
    assert json.loads(failures.read_text()) == {"id": "nowhere", "name": "new"}
    assert len(sandbox.requests) == before
    assert certifier("apply", failures).returncode == 8


def test_what_was_changed_can_be_restored(sandbox: Sandbox, changes: Path) -> None:
    """The values are those of the snapshots in the journal."""
    assert certifier("apply", changes, "--snapshot").returncode == 0
    assert {sandbox.templates[template].name for template in IDS[:3]} == {"new"}
    assert certifier("undo", f"{changes}.journal").returncode == 0
    assert {sandbox.templates[template].name for template in IDS[:3]} == {"old"}


def test_what_was_restored_is_applied_again_by_the_same_command(
    sandbox: Sandbox, changes: Path
) -> None:
    """It can be restored again, any number of times."""
    for turn in range(3):
        if turn == 2:
            Path(f"{changes}.journal").unlink()
        for command, name in (("apply", "new"), ("undo", "old")):
            path = changes if command == "apply" else f"{changes}.journal"
            options = ["--snapshot"] if command == "apply" else []
            assert certifier(command, path, *options).returncode == 0
            assert {sandbox.templates[template].name for template in IDS[:3]} == {name}
    again = certifier("undo", f"{changes}.journal")
    assert (again.returncode, "nothing to do" in again.stderr) == (0, True)


def test_each_run_after_an_undo_takes_its_own_snapshots(sandbox: Sandbox, changes: Path) -> None:
    """An undo restores the state before the last run, not before an earlier one."""
    for name in ("old", "someone else's"):
        sandbox.seed(id=IDS[0], name=name)
        assert certifier("apply", changes, "--snapshot").returncode == 0
        assert certifier("undo", f"{changes}.journal").returncode == 0
        assert sandbox.templates[IDS[0]].name == name


def test_what_may_have_been_applied_is_restored_too(sandbox: Sandbox, tmp_path: Path) -> None:
    """A request was sent, and the process or the connection ended before the response."""
    journal = open_journal(tmp_path / "journal")
    for number, template in enumerate(IDS[:2], 1):
        journal.intend(number, {"id": template, "name": "new"}, current(template))
        sandbox.seed(id=template, name="new")
    no_response = CertifierError("no response")
    no_response.may_have_been_applied = True
    journal.conclude(2, {"id": IDS[1], "name": "new"}, "failed", no_response)
    journal.close()
    assert certifier("undo", journal.path).returncode == 0
    assert {sandbox.templates[template].name for template in IDS[:2]} == {"old"}


def test_each_template_is_restored_in_one_request_to_before_its_first_change(
    sandbox: Sandbox, a_then_b: Path
) -> None:
    """So no change is undone while a later change to its template stays."""
    journal = Path(f"{a_then_b}.journal")
    assert certifier("apply", a_then_b, "--snapshot").returncode == 0
    sandbox.inject(status=409)
    assert certifier("undo", journal).returncode == 8
    assert sandbox.templates[IDS[0]].name == "b"
    before = len(sandbox.requests)
    assert certifier("undo", journal).returncode == 0
    assert (sandbox.templates[IDS[0]].name, len(sandbox.requests)) == ("old", before + 1)


def test_after_an_undo_without_a_response_nothing_is_done(sandbox: Sandbox, changes: Path) -> None:
    """What may have been restored is applied again, and can be restored again."""
    apply = ["apply", changes, "--snapshot"]
    assert certifier(*apply).returncode == 0
    sandbox.inject(drop=True, times=9)
    assert certifier("undo", f"{changes}.journal").returncode == 8
    assert "3 applied" in certifier(*apply).stderr
    assert certifier("undo", f"{changes}.journal").returncode == 0
    assert {sandbox.templates[template].name for template in IDS[:3]} == {"old"}


def test_what_was_not_applied_is_not_restored(sandbox: Sandbox, changes: Path) -> None:
    """Someone else may have changed it since."""
    sandbox.inject(status=200, json=current(IDS[0]))
    sandbox.inject(status=402, times=9)
    shown = certifier("apply", changes, "--snapshot", "--workers", "1")
    assert shown.returncode == 5, shown.stderr
    assert not Path(f"{changes}.journal").exists()


def test_what_may_have_been_applied_before_it_was_rejected_is_restored(
    sandbox: Sandbox, changes: Path
) -> None:
    """An earlier attempt of the same call may have applied it."""
    journal = open_journal(f"{changes}.journal")
    rejected = CertifierError("rejected")
    rejected.may_have_been_applied = True
    journal.intend(1, {"id": IDS[0], "name": "new"}, current(IDS[0]))
    journal.conclude(1, {"id": IDS[0], "name": "new"}, "rejected", rejected)
    journal.close()
    sandbox.seed(id=IDS[0], name="new")
    assert certifier("undo", journal.path).returncode == 0
    assert sandbox.templates[IDS[0]].name == "old"


def test_what_is_rejected_at_its_snapshot_is_not_sent_by_the_next_run(
    sandbox: Sandbox, a_then_b: Path
) -> None:
    """Otherwise it would overwrite a later change of the same template."""
    journal = Path(f"{a_then_b}.journal")
    sandbox.inject(status=404)
    assert certifier("apply", a_then_b, "--snapshot").returncode == 8
    before = len(sandbox.requests)
    shown = certifier("apply", a_then_b, "--snapshot")
    assert (shown.returncode, "in an earlier run" in shown.stderr) == (8, True), shown.stderr
    assert (sandbox.templates[IDS[0]].name, len(sandbox.requests)) == ("b", before)
    assert certifier("undo", journal).returncode == 0
    assert sandbox.templates[IDS[0]].name == "old"


def test_a_later_change_is_undone_by_an_earlier_snapshot(sandbox: Sandbox, a_then_b: Path) -> None:
    """They are then applied again in the order of the file, whatever the outcome of the undo."""
    journal = Path(f"{a_then_b}.journal")
    now = current(IDS[0])
    for _ in range(2):  # the snapshot, and the first change
        sandbox.inject(status=200, json=now)
    sandbox.inject(status=401)
    assert certifier("apply", a_then_b, "--snapshot").returncode == 5
    assert certifier("apply", a_then_b).returncode == 0
    assert sandbox.templates[IDS[0]].name == "b"
    sandbox.inject(drop=True, times=3)
    assert certifier("undo", journal).returncode == 8
    for command, name in (("apply", "b"), ("undo", "old"), ("apply", "b")):
        path = journal if command == "undo" else a_then_b
        assert certifier(command, path).returncode == 0
        assert sandbox.templates[IDS[0]].name == name


def test_a_snapshot_that_fails_changes_nothing(sandbox: Sandbox, changes: Path) -> None:
    """Nothing may have been applied, so nothing is restored."""
    apply = ["apply", changes, "--snapshot", "--workers", "1"]
    sandbox.inject(status=503, times=9)
    assert certifier(*apply).returncode == 8
    sandbox.seed(id=IDS[0], name="someone else's")
    assert not Path(f"{changes}.journal").exists()
    assert certifier(*apply).returncode == 0
    assert certifier("undo", f"{changes}.journal").returncode == 0
    assert sandbox.templates[IDS[0]].name == "someone else's"


def test_an_undo_that_was_rejected_leaves_what_was_applied(sandbox: Sandbox, changes: Path) -> None:
    """The next run of the list sends nothing."""
    assert certifier("apply", changes, "--snapshot").returncode == 0
    sandbox.inject(status=401, times=9)
    assert certifier("undo", f"{changes}.journal").returncode == 5
    before = len(sandbox.requests)
    shown = certifier("apply", changes)
    assert (shown.returncode, "3 done before" in shown.stderr) == (0, True)
    assert len(sandbox.requests) == before


def test_what_cannot_be_restored_is_reported_and_the_rest_is(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """A field that was empty, or had a value that an update rejects; every undo reports it."""
    path, journal = tmp_path / "changes.csv", tmp_path / "changes.csv.journal"
    path.write_text(
        "id,name,learning_event_url\n"
        f"{IDS[0]},new,https://example.org\n{IDS[1]},new,https://example.org\n{IDS[2]},new,\n"
    )
    sandbox.seed(id=IDS[0], name="old", learning_event_url=None)
    sandbox.seed(id=IDS[1], name="old", learning_event_url="example.org")
    assert certifier("apply", path, "--snapshot").returncode == 0
    for _ in range(2):
        shown = certifier("undo", journal, "--workers", "1")
        assert shown.returncode == 8
        assert f"2: {IDS[0]}: not restored: learning_event_url: it was empty" in shown.stderr
        assert re.search(f"3: {IDS[1]}: not restored: .*'example.org'", shown.stderr)
        assert {sandbox.templates[template].name for template in IDS[:2]} == {"old"}


def test_what_has_no_snapshot_is_reported_and_the_rest_is_restored(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """The exit code is 8."""
    path, journal = tmp_path / "changes.csv", tmp_path / "changes.csv.journal"
    path.write_text("id,name\n" + "".join(f"{template},new\n" for template in IDS[:2]))
    sandbox.inject(status=200, json=current(IDS[0]))
    sandbox.inject(status=401)
    assert certifier("apply", path, "--workers", "1").returncode == 5
    shown = certifier("undo", journal)
    assert (shown.returncode, "changed without a snapshot" in shown.stderr) == (8, True)
    assert certifier("apply", path, "--snapshot").returncode == 0
    assert sandbox.templates[IDS[1]].name == "new"
    assert certifier("undo", journal, "--plan").returncode == 8
    assert certifier("undo", journal, "--workers", "1").returncode == 8
    assert sandbox.templates[IDS[1]].name == "old"
    shown = certifier("undo", journal)
    assert shown.returncode == 8
    assert f"2: {IDS[0]}: not restored: it was changed without a snapshot" in shown.stderr
    assert sandbox.templates[IDS[1]].name == "old"


def test_a_change_of_the_file_during_a_run_has_no_effect(sandbox: Sandbox, changes: Path) -> None:
    """The changed content was never checked."""
    lines = [f"{template},new" for template in IDS * 3]  # more than is read ahead
    changes.write_text("\n".join(["id,name", *lines]))

    def change() -> None:
        changes.write_text(changes.read_text().replace("new", "two"))

    with at_request(sandbox, 1, change):
        assert certifier("apply", changes, "--workers", "1").returncode == 0
    assert {sandbox.templates[template].name for template in IDS} == {"new"}


def test_a_list_may_come_from_a_named_pipe(sandbox: Sandbox, changes: Path) -> None:
    """A shell's process substitution is one."""
    end, other = os.pipe()
    os.write(other, changes.read_bytes())
    os.close(other)
    shown = certifier("apply", f"/dev/fd/{end}", "--format", "csv", "--no-journal")
    os.close(end)
    assert (shown.returncode, len(sandbox.requests)) == (0, 3), shown.stderr


@pytest.mark.usefixtures("sandbox")
def test_a_closed_standard_input_is_reported(
    changes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This holds for a list from it, and for a prompt for the token."""
    apply = [*COMMAND, "apply", "-", "--format", "csv", "--no-journal"]
    shown = certifier_of(["bash", "-c", f"{shlex.join(apply)} <&-"])
    assert (shown.returncode, shown.stderr) == (2, "error: standard input is closed\n")
    monkeypatch.delenv("CERTIFIER_ACCESS_TOKEN")
    shown = certifier("apply", changes, input=None)
    assert (shown.returncode, "no access token" in shown.stderr) == (2, True), shown.stderr


def test_without_a_standard_output_the_changes_are_made(
    sandbox: Sandbox, changes: Path, tmp_path: Path
) -> None:
    """A report has the outcomes all the same."""
    report = tmp_path / "report"
    for given in (["update", TEMPLATE_ID, "--json"], ["apply", changes, "--report", report]):
        command = shlex.join([*COMMAND, *map(str, given)])
        shown = certifier_of(["bash", "-c", f"{command} >&-"])
        assert (shown.returncode, "Traceback" in shown.stderr) == (0, False), shown.stderr
    assert len(report.read_text().splitlines()) == len(sandbox.requests) - 1


def test_a_name_is_shown_unchanged(sandbox: Sandbox) -> None:
    """Even if it looks like markup; characters that the encoding lacks are escaped."""
    name = "a :100: b [bold] 日本 😀"
    shown = certifier("update", TEMPLATE_ID, "--name", name, "--json")
    assert f'"name": "{name}"' in shown.stdout
    assert json.loads(shown.stdout)["name"] == name == sandbox.templates[TEMPLATE_ID].name
    update = [*COMMAND, "update", TEMPLATE_ID, "--name", name]
    latin = {"PYTHONIOENCODING": "latin-1"}
    shown = certifier_of(update, env={**os.environ, **latin})
    assert (shown.returncode, "a :100: b [bold] \\u65e5" in shown.stdout) == (0, True), shown.stderr
    shown = certifier("update", TEMPLATE_ID, "--json", encoding="latin-1")
    assert shown.stdout.isascii()
    assert json.loads(shown.stdout)["name"] == name


def test_a_comparison_keeps_to_the_rate(sandbox: Sandbox, tmp_path: Path) -> None:
    """Each change is a request, and retries wait for their turn."""
    path = tmp_path / "changes.csv"
    path.write_text("id,name\n" + "".join(f"{template},new\n" for template in IDS[:8]))
    sandbox.inject(status=503)
    sandbox.inject(drop=True)
    sandbox.inject(status=409)
    sandbox.inject(status=429)
    began = sandbox.clock.now()
    compare = ["apply", path, "--compare", "--rate", "40", "--workers", "1"]
    assert certifier(*compare).returncode == 8
    assert len(sandbox.requests) == 8 + 3
    assert too_early(sandbox, 40, began, one_at_a_time=True) == []


def test_a_long_wait_is_reported(sandbox: Sandbox, changes: Path) -> None:
    """People who watch can see why nothing happens."""
    sandbox.inject(status=429, headers={"Retry-After": "99"}, times=3)
    with started("apply", changes) as process:
        wait_for(process, "asks for a wait of 99 seconds")
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130


def test_a_wait_that_is_too_long_ends_the_run(sandbox: Sandbox, changes: Path) -> None:
    """The error says why, and how to continue."""
    sandbox.inject(status=429, headers={"Retry-After": "601"})
    shown = certifier("apply", changes, "--workers", "1")
    assert shown.returncode == 6
    assert shown.stderr.endswith(
        "; the run ends, because it waits no longer than 600 s; the same command continues\n"
    )


def test_a_changed_file_is_not_that_of_the_journal(sandbox: Sandbox, changes: Path) -> None:
    """The command reports that, and sends nothing."""
    assert certifier("apply", changes).returncode == 0
    before = len(sandbox.requests)
    assert "name another journal" in certifier("apply", changes).stderr
    changes.write_text(changes.read_text() + f"{IDS[5]},new\n")
    shown = certifier("apply", changes)
    assert (shown.returncode, "the journal of other changes" in shown.stderr) == (9, True)
    assert len(sandbox.requests) == before


def test_two_runs_at_the_same_time_do_not_share_a_journal(sandbox: Sandbox, changes: Path) -> None:
    """The second one reports it; the first one continues."""
    with held(sandbox, 1) as hold, started("apply", changes) as first:
        hold.reached()
        shown = certifier("apply", changes)
        hold.release()
        assert first.wait() == 0
    assert (shown.returncode, "another run is using it" in shown.stderr) == (9, True)
    assert len(sandbox.requests) == 3


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a file that changes the names of all templates."""
    path = tmp_path / "changes.csv"
    path.write_text("id,name\n" + "".join(f"{template},new\n" for template in IDS))
    return path


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_a_signal_stops_the_run_and_says_how_to_continue(
    number: signal.Signals, sandbox: Sandbox, path: Path
) -> None:
    """The run that continues sends nothing twice."""
    with held(sandbox, 3) as hold, started("apply", path) as process:
        hold.reached()
        process.send_signal(number)
        wait_for(process, "stopping: .*the same command continues")
        hold.release()
        assert process.wait() == 130
        assert process.stderr
        assert "stopped: the same command continues" in process.stderr.read()
    assert len(sandbox.requests) <= 3 + 4  # the request in flight of each worker
    assert certifier("apply", path).returncode == 0
    assert len(sandbox.requests) == len(IDS)


def test_a_signal_stops_an_undo_and_says_how_to_continue(sandbox: Sandbox, path: Path) -> None:
    """The next one restores the rest."""
    assert certifier("apply", path, "--snapshot").returncode == 0
    undo = ["undo", f"{path}.journal"]
    with held(sandbox, 3) as hold, started(*undo) as process:
        hold.reached()
        process.send_signal(signal.SIGINT)
        wait_for(process, "stopping: .*; the same command continues$")
        hold.release()
        assert process.wait() == 130
    assert certifier(*undo).returncode == 0
    assert {sandbox.templates[template].name for template in IDS} == {"old"}


@pytest.mark.parametrize(
    ("option", "said"),
    [("--no-journal", "what was applied stays applied"), ("--compare", "nothing was changed")],
)
def test_a_signal_stops_a_run_that_cannot_be_continued(
    option: str, said: str, sandbox: Sandbox, path: Path
) -> None:
    """It says what the run leaves behind."""
    with held(sandbox, 3) as hold, started("apply", path, option) as process:
        hold.reached()
        process.send_signal(signal.SIGINT)
        wait_for(process, f"stopping: .*; {said}$")
        hold.release()
        assert process.wait() == 130
    assert len(sandbox.requests) < len(IDS)


def test_a_signal_at_the_last_request_stops_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    """The exit code is that of the outcomes."""
    path = tmp_path / "changes.csv"
    path.write_text(f"id,name\nnowhere,new\n{IDS[0]},new\n")
    with started("apply", path, "--workers", "1") as process:
        with at_request(sandbox, 2, lambda: process.send_signal(signal.SIGINT)):
            _, said = process.communicate()
        assert process.returncode == 8
    assert "2 changes: 1 applied, 1 rejected" in said
    assert "stopped" not in said


def test_a_second_signal_ends_the_run_at_once(sandbox: Sandbox, changes: Path) -> None:
    """The next run sends again what was in flight."""
    with held(sandbox, 1) as hold, started("apply", changes) as process:
        hold.reached()
        process.send_signal(signal.SIGINT)
        wait_for(process, "stopping")
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    assert certifier("apply", changes).returncode == 0
    assert {sandbox.templates[template].name for template in IDS[:3]} == {"new"}


def test_what_is_known_is_written_at_once(sandbox: Sandbox, path: Path) -> None:
    """A comparison prints each line, and a run writes each outcome, before the next request."""
    path.write_text(path.read_text().replace(IDS[0], "nowhere"))
    apply = ["apply", path, "--workers", "1"]
    with held(sandbox, 4) as hold, started(*apply, "--compare", stdout=subprocess.PIPE) as process:
        hold.reached()
        assert process.stdout
        assert process.stdout.readline() == f'3: {IDS[1]}: name: "old" -> "new"\n'
        hold.release()
        assert process.wait() == 8
    report, failures = path.with_name("report"), path.with_name("failures")
    options = ["--report", report, "--failures", failures]
    with held(sandbox, 4) as hold, started(*apply, *options) as process:
        hold.reached()
        eventually(lambda: failures.read_text() == '{"id": "nowhere", "name": "new"}\n')
        eventually(lambda: report.read_text().startswith('{"line": 2, '))
        hold.release()
        assert process.wait() == 8


def test_what_failed_or_was_blocked_can_be_applied_again(sandbox: Sandbox, a_then_b: Path) -> None:
    """The file of failures has both; the later change was not sent before the earlier one."""
    failures = a_then_b.with_name("failures.jsonl")
    sandbox.inject(status=503, times=3)
    shown = certifier("apply", a_then_b, "--no-journal", "--failures", failures)
    assert shown.returncode == 8
    assert shown.stderr.splitlines()[-2:] == [
        "2 changes: 1 failed, 1 blocked by an earlier failure",
        "what failed may succeed the next time: what was applied stays applied",
    ]
    assert len(failures.read_text().splitlines()) == 2
    assert certifier("apply", failures).returncode == 0
    assert sandbox.templates[IDS[0]].name == "b"


def test_files_are_utf_8_in_any_locale(sandbox: Sandbox, tmp_path: Path) -> None:
    """Only the encoding of the output is that of the terminal."""
    path, report = tmp_path / "a.csv", tmp_path / "report"
    path.write_text("id,name\nnowhereü,ü\n")
    locale = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    shown = certifier_of(
        [*COMMAND, "apply", str(path), "--report", str(report), "--failures", f"{report}.jsonl"],
        env={**os.environ, **locale, "PYTHONIOENCODING": "utf-8"},
    )
    assert shown.returncode == 8, shown.stderr
    assert '"id": "nowhereü"' in report.read_text("utf-8")
    assert Path(f"{report}.jsonl").read_text("utf-8") == '{"id": "nowhereü", "name": "ü"}\n'


def test_a_report_that_cannot_be_written_stops_the_run(sandbox: Sandbox, changes: Path) -> None:
    """The message is clear, before the first request or later."""
    shown = certifier("apply", changes, "--report", "/nowhere/report")
    assert (shown.returncode, len(sandbox.requests)) == (2, 0)
    shown = certifier("apply", changes, "--report", "/dev/full")
    assert (shown.returncode, "report cannot be written" in shown.stderr) == (8, True), shown.stderr
    assert certifier("apply", changes).returncode == 0


@pytest.mark.slow
def test_a_journal_that_cannot_grow_loses_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    """The run stops with a clear message, and continues when there is room."""
    path = tmp_path / "changes.csv"
    name = "new" * 100
    path.write_text("id,name\n" + "".join(f"{template},{name}\n" for template in IDS))

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (25_000, 25_000))

    shown = certifier_of([*COMMAND, "apply", str(path)], preexec_fn=small)
    assert (shown.returncode, "check the disk" in shown.stderr) == (9, True), shown.stderr
    assert 0 < len(sandbox.requests) < len(IDS)
    assert certifier("apply", path).returncode == 0
    assert {sandbox.templates[template].name for template in IDS} == {name}


def test_the_token_is_never_an_argument() -> None:
    """It would show in the list of processes and in the shell's history."""
    for command in ("update", "apply", "undo"):
        options = re.findall(r"--[a-z-]+", certifier(command, "--help").stdout)
        assert [option for option in options if "token" in option] == ["--token-file"]
