"""Lists of changes, and the environment of the command."""

import os
import random
from pathlib import Path

from certifier_sandbox import Sandbox


def seeded(sandbox: Sandbox, number: int) -> list[str]:
    """Reset the sandbox, and add a number of templates; return their ids."""
    sandbox.reset()
    return [sandbox.seed(name="old").id for _ in range(number)]


def environment(sandbox: Sandbox) -> dict[str, str]:
    """Return the environment variables of a user of the sandbox."""
    ours = {"CERTIFIER_BASE_URL": sandbox.url, "CERTIFIER_ACCESS_TOKEN": sandbox.token}
    return {**os.environ, **ours}


def write(path: Path, ids: list[str], changes: int, rng: random.Random) -> dict[str, str]:
    """Write a file of changes; return the last name of each template."""
    last: dict[str, str] = {}
    with path.open("w") as file:
        print("id,name", file=file)
        for number in range(changes):
            template = rng.choice(ids)
            last[template] = f"name {number}"
            print(f"{template},{last[template]}", file=file)
    return last


def wrong(sandbox: Sandbox, expected: dict[str, str]) -> int:
    """Return the number of templates without the expected name."""
    templates = sandbox.templates
    return sum(templates[template].name != name for template, name in expected.items())
