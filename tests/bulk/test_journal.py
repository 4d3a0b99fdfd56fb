"""The journal: whose it is, and that it is one file which is complete after every commit."""

import contextlib
import errno
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest

import certifier_client as cc
from bulk.command import certifier, started
from bulk.conftest import IDS, UpdateMany, named, open_journal, sync_update_many
from bulk.lists import environment
from bulk.moments import held
from certifier_client.bulk import journal_file
from certifier_client.bulk.journal import Journal
from certifier_sandbox import TEMPLATE_ID, Sandbox, in_process, running

ELSEWHERE = "https://api.example.org"


def test_a_journal_belongs_to_one_server(sandbox: Sandbox, tmp_path: Path) -> None:
    """What was rehearsed on one is neither done nor undone on another; the message has both."""
    journal = tmp_path / "journal"
    with running() as rehearsal, cc.Certifier(base_url=rehearsal.url) as client:
        for template in IDS[:3]:
            rehearsal.seed(id=template, name="rehearsed")
        updates = client.credential_templates.update_many(
            named("a"), journal=journal, snapshot=True
        )
        assert {outcome.kind for outcome in updates} == {"applied"}
        with cc.Certifier() as other:
            both = f"(?s){rehearsal.url}.*{sandbox.url}"
            with pytest.raises(cc.JournalError, match=both):
                list(other.credential_templates.update_many(named("a"), journal=journal))
            with pytest.raises(cc.JournalError, match=both):
                list(other.credential_templates.undo(journal))
            with pytest.raises(cc.JournalError, match=both):
                list(other.credential_templates.plan_undo(journal))
        shown = certifier("undo", journal)
        assert (shown.returncode, rehearsal.url in shown.stderr) == (9, True)
    assert sandbox.requests == []


def test_a_journal_belongs_to_one_version(tmp_path: Path) -> None:
    """Another version of the API may mean something else by the same fields."""
    journal = tmp_path / "journal"
    with in_process() as sandbox:
        options: Any = {"base_url": sandbox.url, "access_token": sandbox.token}
        with cc.Certifier(transport=sandbox.transport, **options) as client:
            list(client.credential_templates.update_many([{"id": TEMPLATE_ID}], journal=journal))
            other = client.with_options(version="2030-01-01")
            with pytest.raises(cc.JournalError, match=r"2022-10-26.*2030-01-01"):
                list(other.credential_templates.undo(journal))


@pytest.fixture
def journal(sandbox: Sandbox, tmp_path: Path) -> Path:
    """Return the journal of a run that was killed while it waited for a response."""
    path = tmp_path / "changes.csv"
    path.write_text("id,name\n" + "".join(f"{template},new\n" for template in IDS))
    apply = ["apply", path, "--snapshot", "--workers", "1"]
    with held(sandbox, 60) as hold, started(*apply, env=environment(sandbox)) as process:
        hold.reached()
        process.kill()
        process.wait()
    return Path(f"{path}.journal")


def test_a_copy_of_a_journal_undoes_what_a_killed_run_did(
    sandbox: Sandbox, journal: Path, tmp_path: Path
) -> None:
    """The file has everything that was committed."""
    changed = [t for t in IDS if sandbox.templates[t].name == "new"]
    assert len(changed) > 10
    (tmp_path / "elsewhere").mkdir()
    copy = shutil.copy(journal, tmp_path / "elsewhere/copied")
    assert certifier("undo", copy).returncode == 0
    assert {template.name for template in map(sandbox.templates.get, IDS) if template} == {"old"}


def test_a_journal_that_lost_a_part_is_rejected(journal: Path, tmp_path: Path) -> None:
    """It is rejected wherever it was truncated."""
    whole = journal.read_bytes()
    with cc.Certifier() as client:
        assert list(client.credential_templates.plan_undo(shutil.copy(journal, tmp_path / "whole")))
        for size in range(0, len(whole), 512):
            (tmp_path / "cut").write_bytes(whole[:size])
            with pytest.raises(cc.JournalError, match=f"{tmp_path}/cut.* name another"):
                list(client.credential_templates.plan_undo(tmp_path / "cut"))


@pytest.mark.usefixtures("sandbox")
def test_reading_a_journal_makes_none(tmp_path: Path) -> None:
    """A mistyped name is reported, instead of a journal with nothing to undo."""
    with cc.Certifier() as client:
        for ask in (client.credential_templates.plan_undo, client.credential_templates.undo):
            with pytest.raises(cc.JournalError, match="nowhere: it cannot be opened"):
                list(ask(tmp_path / "nowhere"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("sandbox")
def test_an_empty_file_is_rejected_and_stays_as_it_is(
    tmp_path: Path, update_many: UpdateMany
) -> None:
    """It may be the rest of a journal, or serve another purpose."""
    (tmp_path / "empty").touch()
    with pytest.raises(cc.JournalError, match=f"{tmp_path}/empty: it is not a journal"):
        update_many(named("a"), journal=tmp_path / "empty")
    assert (tmp_path / "empty").read_bytes() == b""


@pytest.mark.usefixtures("sandbox")
def test_a_rejected_journal_is_neither_locked_nor_open(
    tmp_path: Path, update_many: UpdateMany
) -> None:
    """The right run can use it."""
    update_many(named("a"), journal=tmp_path / "journal")
    for _ in range(2):
        with pytest.raises(cc.JournalError, match="differs from that in"):
            update_many(named("b"), journal=tmp_path / "journal")
    with pytest.raises(cc.JournalError, match="not of"):
        Journal(tmp_path / "journal", ELSEWHERE)
    assert {o.kind for o in update_many(named("a"), journal=tmp_path / "journal")} == {"done"}


def test_a_snapshot_is_remembered(
    sandbox: Sandbox, update_many: UpdateMany, tmp_path: Path
) -> None:
    """A run that continues without the option takes snapshots as well, and undo has them."""
    journal = tmp_path / "journal"
    sandbox.inject(status=401)
    with pytest.raises(cc.UnauthorizedError):
        update_many(named("a"), journal=journal, snapshot=True, workers=1)
    assert not journal.exists()  # nothing was changed
    sandbox.inject(status=503, times=9)
    update_many(named("a"), journal=journal, snapshot=True, workers=1)
    with contextlib.closing(open_journal(journal)) as new:
        new.take_snapshots()
        new.conclude(3, named("a")[2], "rejected")
    assert [o.kind for o in update_many(named("a")[:2], journal=journal)] == ["applied"] * 2
    with cc.Certifier() as client:
        outcomes = list(client.credential_templates.undo(journal))
    assert [outcome.kind for outcome in outcomes] == ["restored", "restored"]
    assert {sandbox.templates[template].name for template in IDS[:3]} == {"old"}


def test_an_undo_of_unknown_outcome_stays_unknown(
    sandbox: Sandbox, update_many: UpdateMany, tmp_path: Path
) -> None:
    """Even after another undo that the service rejected, nothing is reported as done."""
    journal = tmp_path / "journal"
    update_many(named("a", 1), journal=journal, snapshot=True)
    sandbox.inject(drop=True, times=9)
    with cc.Certifier(retry=cc.RetryPolicy(attempts=1)) as client:
        undo = client.credential_templates.undo
        assert [outcome.kind for outcome in undo(journal)] == ["failed"]
        sandbox.reset()
        sandbox.seed(id=IDS[0], name="old")
        sandbox.inject(status=401)
        with pytest.raises(cc.UnauthorizedError):
            list(undo(journal))
    assert [o.kind for o in update_many(named("a", 1), journal=journal)] == ["applied"]
    assert sandbox.templates[IDS[0]].name == "a"


@pytest.mark.usefixtures("sandbox")
def test_a_journal_knows_a_change_whatever_the_order_of_its_fields(
    update_many: UpdateMany, tmp_path: Path
) -> None:
    """Each program writes them in its own."""
    change: Any = {"id": IDS[0], "name": "a", "design_ids": ["b"]}
    for kind, given in (("applied", change), ("done", dict(reversed(change.items())))):
        outcomes = update_many([given], journal=tmp_path / "journal")
        assert [outcome.kind for outcome in outcomes] == [kind]


@pytest.mark.usefixtures("sandbox")
def test_a_journal_that_is_open_is_locked(update_many: UpdateMany, tmp_path: Path) -> None:
    """Even before anything is written to it; once it is closed, it says so."""
    update_many(named("a"), journal=tmp_path / "journal")
    first = open_journal(tmp_path / "journal")
    with pytest.raises(cc.JournalError, match="journal: another run is using it"):
        open_journal(tmp_path / "journal")
    first.close()
    with pytest.raises(cc.JournalError, match="journal: Cannot operate on a closed database"):
        first.take_snapshots()


@pytest.mark.usefixtures("sandbox")
def test_what_was_sent_may_have_been_applied(tmp_path: Path) -> None:
    """Whatever came before it, and even if it was sent again and rejected."""
    first, second, _ = named("a")
    with contextlib.closing(open_journal(tmp_path / "journal")) as journal:
        journal.intend(1, first, None)
        journal.intend(1, first, None)
        journal.conclude(1, first, "rejected")
        journal.conclude(2, second, "failed")
        assert [changed.number for changed in journal.changed()] == [1]
        journal.intend(2, second, None)
        assert [changed.number for changed in journal.changed()] == [1, 2]


def test_an_outcome_that_cannot_be_recorded_ends_the_run(
    sandbox: Sandbox, update_many: UpdateMany, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outcome is reported all the same."""

    def conclude(*_: object) -> None:
        raise cc.JournalError("the disk is full")

    monkeypatch.setattr(Journal, "conclude", conclude)
    reported: list[cc.Outcome] = []
    with pytest.raises(cc.JournalError, match="the disk is full"):
        update_many(named("a"), reported, journal=tmp_path / "journal", workers=1)
    assert (reported[0].kind, len(sandbox.requests)) == ("applied", 1)


def test_a_template_has_one_snapshot(
    sandbox: Sandbox, update_many: UpdateMany, tmp_path: Path
) -> None:
    """It is taken before the first change to it."""
    changes: Any = [{"id": IDS[0], "name": "a"}, {"id": IDS[0].upper(), "name": "b"}]
    update_many(changes, journal=tmp_path / "journal", snapshot=True)
    assert [request.json for request in sandbox.requests] == [{}, {"name": "a"}, {"name": "b"}]


def test_a_journal_that_is_in_use_is_reported_at_once(tmp_path: Path) -> None:
    """SQLite waits for five seconds otherwise."""
    journal_file.create(tmp_path / "journal", "")
    with contextlib.closing(journal_file.connect(tmp_path / "journal")) as database:
        assert database.execute("PRAGMA busy_timeout").fetchone() == (0,)


@pytest.mark.usefixtures("sandbox")
def test_the_temporary_file_of_a_journal_is_hidden_and_named_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Someone may find it after a kill."""
    found: list[str] = []

    def link(*_: object) -> None:
        found.extend(path.name for path in tmp_path.iterdir())
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", link)
    open_journal(tmp_path / "journal").close()
    assert [name.startswith(".journal.") for name in found] == [True]


@pytest.mark.usefixtures("sandbox")
def test_a_journal_is_made_where_it_stays(
    update_many: UpdateMany, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder for temporary files may be missing, or on another disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    update_many(named("a"), journal=tmp_path / "journal")
    folder = tmp_path / "no folder"
    with pytest.raises(cc.JournalError, match=f"{folder}/journal cannot be written: No such file"):
        update_many(named("a"), journal=folder / "journal")


@pytest.mark.usefixtures("sandbox")
def test_a_journal_that_cannot_be_written_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one on a read-only disk."""
    sync_update_many(named("a"), journal=tmp_path / "journal", snapshot=True)
    connect: Any = sqlite3.connect

    def read_only(database: str, **given: Any) -> Any:
        return connect(database.replace("mode=rw", "mode=ro"), **given)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    with cc.Certifier() as client:
        assert len(list(client.credential_templates.plan_undo(tmp_path / "journal"))) == 3


@pytest.mark.usefixtures("sandbox")
def test_a_file_system_may_have_no_links(
    update_many: UpdateMany, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal is created there too, and used by the next run."""

    def link(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", link)
    for kind in ("applied", "done"):
        outcomes = update_many(named("a"), journal=tmp_path / "journal")
        assert {outcome.kind for outcome in outcomes} == {kind}
    assert [path.name for path in tmp_path.iterdir()] == ["journal"]
