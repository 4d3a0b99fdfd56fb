"""Kill the command at a random request, and let it go on."""

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import attrs

from bulk.command import COMMAND, certifier, started
from bulk.moments import held
from certifier_sandbox import Sandbox

__all__ = ["COMMAND", "Toll", "environment", "killed", "seeded", "write", "wrong"]

WORKERS = 4
CHANGES = 300


@attrs.define
class Toll:
    """What killing has done.

    Attributes:
        kills: how often the command was killed before it had ended.
        lost: changes that were not sent at all.
        wrong: templates that are not as the last of their changes says.
        extra: requests beyond one for each change.
        most: of these after one run.

    """

    kills: int = 0
    lost: int = 0
    wrong: int = 0
    extra: int = 0
    most: int = 0


def seeded(sandbox: Sandbox, number: int) -> list[str]:
    """Make the sandbox as new but for so many templates; return their ids."""
    sandbox.reset()
    return [sandbox.seed(name="old").id for _ in range(number)]


def environment(sandbox: Sandbox) -> dict[str, str]:
    """Return the variables of a user of the sandbox."""
    told = {"CERTIFIER_BASE_URL": sandbox.url, "CERTIFIER_ACCESS_TOKEN": sandbox.token}
    return {**os.environ, **told}


def write(path: Path, ids: list[str], changes: int, chance: random.Random) -> dict[str, str]:
    """Write a file of changes, and return the name that each template has at its end."""
    last: dict[str, str] = {}
    with path.open("w") as file:
        print("id,name", file=file)
        for number in range(changes):
            template = chance.choice(ids)
            last[template] = f"name {number}"
            print(f"{template},{last[template]}", file=file)
    return last


def wrong(sandbox: Sandbox, expected: dict[str, str]) -> int:
    """Return how many templates have another name than expected."""
    templates = sandbox.templates
    return sum(templates[template].name != name for template, name in expected.items())


def killed(
    sandbox: Sandbox, folder: Path, runs: int, seed: int, changes: int = CHANGES
) -> Iterator[Toll]:
    """Make so many runs, each killed at a random request and resumed; give the toll after each."""
    chance = random.Random(seed)
    toll = Toll()
    for run in range(runs):
        ids = seeded(sandbox, 60)
        path = folder / f"{run}.csv"
        expected = write(path, ids, changes, chance)
        apply = ["apply", path, "--workers", WORKERS]
        moment = chance.randint(1, changes)
        same = environment(sandbox) | {"PYTHONHASHSEED": str(seed)}  # which worker has a template
        with held(sandbox, moment) as hold, started(*apply, env=same) as process:
            hold.reached()
            process.kill()
            assert process.wait() == -signal.SIGKILL
            toll.kills += 1
        with mock.patch.dict(os.environ, environment(sandbox)):
            assert certifier(*apply).returncode == 0
        sent = [request for request in sandbox.requests if request.method == "PATCH"]
        extra = len(sent) - changes
        toll.wrong += wrong(sandbox, expected)
        toll.lost += max(0, -extra)
        toll.extra += max(0, extra)
        toll.most = max(toll.most, extra)
        yield toll
