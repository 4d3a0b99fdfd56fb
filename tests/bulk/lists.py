"""Lists of changes, and the environment of the command."""

import os
import random
from pathlib import Path

from certifier_sandbox import Sandbox


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
