"""What tests of several folders share."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from certifier_client import CredentialTemplate, Response

ROOT = Path(__file__).parents[1]

# One update with either client; tests/client/conftest.py has the fixture.
Update = Callable[..., tuple[CredentialTemplate, Response]]


class _Loader(yaml.SafeLoader):
    """YAML as OpenAPI means it: a time is a string."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_document() -> Any:
    """Return openapi.yaml as the data that it would be in JSON."""
    return yaml.load((ROOT / "openapi.yaml").read_text(), _Loader)  # noqa: S506 - a SafeLoader


def make(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the project's Makefile as a person does, from any working directory."""
    command = ["make", "--no-print-directory", "-f", str(ROOT / "Makefile"), *arguments]
    return run(*command, cwd=cwd)


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return what it printed, whether it succeeded or not."""
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def git(folder: Path, *arguments: str) -> None:
    """Run git as nobody in particular, whatever the machine's own settings say."""
    author = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    command = ("git", *author, "-c", "commit.gpgsign=false", *arguments)
    subprocess.run(command, cwd=folder, check=True)
