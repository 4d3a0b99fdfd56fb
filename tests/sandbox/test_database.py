"""Stored templates, rejected files, and concurrent updates."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from certifier_sandbox import PREMIUM_TOKEN, TEMPLATE_ID, SandboxApp, create_app, running

PATH = f"/v1/groups/{TEMPLATE_ID}"
HEADERS = {"Authorization": f"Bearer {PREMIUM_TOKEN}", "Certifier-Version": "2022-10-26"}


def in_process(app: SandboxApp) -> httpx.AsyncClient:
    """Return a client for an app."""
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=HEADERS)


async def test_an_existing_file_keeps_its_state(tmp_path: Path) -> None:
    """A sandbox finds what an earlier one wrote to its file, and does not seed it again."""
    database = str(tmp_path / "sandbox.db")
    first = create_app(database)
    async with in_process(first) as client:
        sent = {"name": "Kept \u0000é", "certificateDesignId": "c"}
        response = (await client.patch(PATH, json=sent)).json()
        state = (await client.get("/_sandbox/state")).json()
    first.close()
    second = create_app(database)
    async with in_process(second) as client:
        assert (await client.get("/_sandbox/state")).json()["templates"] == state["templates"]
        assert (await client.patch(PATH, json={})).json()["updatedAt"] == response["updatedAt"]
        await client.post("/_sandbox/reset")
        assert (await client.patch(PATH, json={})).json()["name"] == "Financial Markets"
    second.close()


async def test_two_apps_in_memory_share_nothing() -> None:
    """Each application in memory has its own database."""
    async with in_process(create_app()) as one, in_process(create_app()) as other:
        await one.patch(PATH, json={"name": "New"})
        assert (await other.patch(PATH, json={})).json()["name"] == "Financial Markets"


def foreign(path: Path) -> None:
    """Create a database of another program."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE other (x)")
    connection.close()


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda path: path.write_text("text"), "file is not a database"),
        (lambda path: path.mkdir(), "unable to open"),
        (foreign, "^file is the database of another program$"),
    ],
    ids=["text", "folder", "foreign"],
)
def test_any_other_file_is_left_unchanged(tmp_path: Path, make: Any, expected: str) -> None:
    """A file that is not a sandbox's database is rejected, and not written to."""
    path = tmp_path / "x"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(sqlite3.Error, match=expected):
        create_app(str(path))
    assert before == (path.read_bytes() if path.is_file() else None)


async def test_a_rejected_request_changes_nothing(tmp_path: Path) -> None:
    """The valid fields next to an invalid one are not applied: not a byte of the file changes."""
    path = tmp_path / "sandbox.db"
    app = create_app(str(path))
    before = path.read_bytes()
    async with in_process(app) as client:
        for sent in ({"name": "New", "designIds": []}, {"name": "New", "learningEventUrl": "x"}):
            assert (await client.patch(PATH, json=sent)).status_code == 400
        assert (await client.patch("/v1/groups/x", json={"name": "New"})).status_code == 404
    assert path.read_bytes() == before
    app.close()


def test_concurrent_updates_lose_no_field() -> None:
    """If concurrent updates set different fields, all of them are kept."""
    with running() as sandbox, httpx.Client(base_url=sandbox.url, headers=HEADERS) as client:
        for turn in range(10):
            parts: list[dict[str, object]] = [
                {"name": f"n{turn}"},
                {"learningEventUrl": f"https://example.com/{turn}"},
                {"designIds": [f"d{turn}"]},
            ]
            with ThreadPoolExecutor(3) as pool:
                list(pool.map(lambda part: client.patch(PATH, json=part), parts))
            whole = client.patch(PATH, json={}).json()
            assert whole.items() >= {k: v for part in parts for k, v in part.items()}.items()


def test_one_app_serves_several_event_loops() -> None:
    """Threads with one event loop each share an app, and their updates are not mixed up."""
    app = create_app()
    start = threading.Barrier(8)

    async def send(n: int) -> None:
        async with in_process(app) as client:
            for turn in range(20):
                sent = {"name": f"{n}.{turn}", "designIds": [f"{n}.{turn}"]}
                response = (await client.patch(PATH, json=sent)).json()
                assert response.items() >= sent.items()
                whole = (await client.patch(PATH, json={})).json()
                assert whole["designIds"] == [whole["name"]]

    def work(n: int) -> None:
        start.wait()
        asyncio.run(send(n))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))


MANY = """
import dataclasses, sys
from certifier_sandbox import in_process
print("ready", flush=True)
sys.stdin.read()
database, name, template_id, field = sys.argv[1:]
with in_process(database) as sandbox:
    for n in range(200):
        sandbox.seed(id=f"{name}{n}")
        change = {field: f"x:{n}"}
        sandbox._state.store.update(template_id, lambda old: dataclasses.replace(old, **change))
"""


def test_two_processes_share_a_file(tmp_path: Path) -> None:
    """Two sandboxes that create the same file and write concurrently lose nothing."""
    database = str(tmp_path / "sandbox.db")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MANY, database, name, TEMPLATE_ID, field],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for name, field in (("a", "name"), ("b", "learning_event_url"))
    ]
    with processes[0] as one, processes[1] as other:
        for process in (one, other):
            assert process.stdout
            assert process.stdout.readline() == b"ready\n"
        for process in (one, other):
            assert process.stdin
            process.stdin.close()  # both wait for this
    assert (one.returncode, other.returncode) == (0, 0)
    with running(database) as sandbox:
        templates = httpx.get(f"{sandbox.url}/_sandbox/state").json()["templates"]
    assert len(templates) == 3 + 2 * 200
    shared = next(template for template in templates if template["id"] == TEMPLATE_ID)
    assert (shared["name"], shared["learningEventUrl"]) == ("x:199", "x:199")
