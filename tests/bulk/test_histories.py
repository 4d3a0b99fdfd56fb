"""If a run or an undo reports success, that is true, whatever happened to earlier ones."""

import itertools
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import certifier_client as cc
from certifier_sandbox import TEMPLATE_ID, Sandbox, in_process


class Killed(BaseException):
    """The process ends here: nothing is recorded any more."""


class Bad(httpx.BaseTransport):
    """A network on which each request meets the next fault of a list, if there is one left."""

    def __init__(self, sandbox: Sandbox) -> None:
        assert sandbox.transport
        self._sandbox = sandbox.transport
        self.faults: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Respond, or fail."""
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "killed before":
            raise Killed
        if fault == "unconnected":
            raise httpx.ConnectError(fault)
        if fault.isdigit():
            return httpx.Response(int(fault))
        response = self._sandbox.handle_request(request)
        if fault == "killed after":
            raise Killed
        if fault == "lost":
            raise httpx.ReadError(fault)
        return response


FAULTS = ["401", "404", "409", "503", "unconnected", "killed before", "killed after"]


@pytest.fixture(scope="module")
def network() -> Iterator[tuple[Sandbox, Bad, cc.Certifier]]:
    """Run a sandbox, and a client that reaches it over a bad network."""
    with in_process() as sandbox:
        bad = Bad(sandbox)
        options: Any = {"base_url": sandbox.url, "access_token": sandbox.token}
        retry = cc.RetryPolicy(attempts=1)  # each fault has its effect
        with cc.Certifier(transport=bad, retry=retry, **options) as certifier:
            yield sandbox, bad, certifier


def is_well(certifier: cc.Certifier, command: str, path: Path, changes: list[Any]) -> bool:
    """Apply changes, or undo them; return whether success was reported."""
    templates = certifier.credential_templates
    try:
        if command == "undo":
            updates = templates.undo(path, workers=1)
        else:
            keep = command == "apply and keep"
            updates = templates.update_many(changes, workers=1, journal=path, snapshot=keep)
        outcomes = list(updates)
    except (cc.StatusError, cc.JournalError, Killed):
        return False
    problems = any(outcome.problems for outcome in outcomes)
    return not problems and {o.kind for o in outcomes} <= {"applied", "done", "restored"}


def listed(rng: random.Random) -> list[Any]:
    """Return some changes of one template."""
    values = {"name": ["a", "b", "c"], "learning_event_url": ["https://a.org", "https://b.org"]}
    names = [["name"], ["learning_event_url"], ["name", "learning_event_url"]]
    return [
        {"id": TEMPLATE_ID, **{name: rng.choice(values[name]) for name in rng.choice(names)}}
        for _ in range(rng.randint(1, 3))
    ]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Make a folder in memory, where the system has one: nothing here depends on the disk."""
    memory = Path("/dev/shm")  # noqa: S108
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


SEEDS = [*range(40), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(40, 300))]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_that_says_that_all_is_well_is_right(
    seed: int, network: tuple[Sandbox, Bad, cc.Certifier], folder: Path
) -> None:
    """The template is as after the list, or, after an undo, as before it."""
    sandbox, bad, certifier = network
    rng = random.Random(seed)
    before: dict[str, Any] = {"name": "old", "learning_event_url": "https://example.org/old"}
    sandbox.seed(id=TEMPLATE_ID, **before)
    changes = listed(rng)
    after = before | {name: change[name] for change in changes for name in change if name != "id"}
    # One kind of run, and few kinds of faults, so that each often follows another.
    keep = rng.choice(["apply", *["apply and keep"] * 4])
    faults = [*rng.sample(FAULTS, 2), "lost", ""]
    steps = [(rng.choice([keep, "undo"]), True) for _ in range(rng.randint(1, 5))]
    for command, is_bad in [*steps, ("undo", False), (keep, False)]:
        bad.faults = [rng.choice(faults) for _ in range(rng.randint(1, 3))] * is_bad
        if is_well(certifier, command, folder / "journal", changes):
            now = sandbox.templates[TEMPLATE_ID]
            expected = before if command == "undo" else after
            assert {name: getattr(now, name) for name in before} == expected


# What may become of a request: it is done; done without a response; unknown; rejected; cut off.
APPLY = [("apply and keep", fault) for fault in ("", "lost", "503", "409", "killed after")]
UNDO = [("undo", fault) for fault in ("", "lost", "503", "401", "killed after")]


@pytest.mark.slow
@pytest.mark.parametrize("first", [*APPLY, *UNDO], ids=" ".join)
def test_nothing_that_may_have_been_applied_is_forgotten(
    first: tuple[str, str], network: tuple[Sandbox, Bad, cc.Certifier], folder: Path
) -> None:
    """After any three runs and undos of one change, those that end well are right."""
    sandbox, bad, certifier = network
    changes = [{"id": TEMPLATE_ID, "name": "new"}]
    for number, steps in enumerate(itertools.product([first], APPLY + UNDO, APPLY + UNDO)):
        sandbox.seed(id=TEMPLATE_ID, name="old")
        for command, fault in [*steps, ("apply and keep", ""), ("undo", "")]:
            journal = folder / f"{number}"
            is_first = command != "undo" and not journal.exists()
            bad.faults = [*[""] * is_first, fault]  # after the snapshot
            if is_well(certifier, command, journal, changes):
                now = sandbox.templates[TEMPLATE_ID].name
                assert now == ("old" if command == "undo" else "new"), (steps, command)
