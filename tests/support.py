"""Helpers for tests in several folders."""

import contextlib
import copy
import socket
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import yaml

from certifier_client import CredentialTemplate, Response
from certifier_client._http.message import Origin, Request

ROOT = Path(__file__).parents[1]
PATIENCE = 60  # seconds after which a test that waits for something fails

# One update with either client; tests/client/conftest.py has the fixture.
Update = Callable[..., tuple[CredentialTemplate, Response]]


def load_document() -> Any:
    """Return openapi.yaml as the data that it would be in JSON; the caller may change it."""
    return copy.deepcopy(_document())


@cache
def _document() -> Any:
    return yaml.safe_load((ROOT / "openapi.yaml").read_text())


# A request to send; a test changes what matters with _replace().
REQUEST = Request(
    method="PATCH",
    url="http://host/path",
    origin=Origin("http", "host", None),
    target="/path",
    headers=[(b"Host", b"host")],
    body=b"",
    token=b"",
    timeout=httpx.Timeout(None),
)


class DocumentedError(NamedTuple):
    """An error in an example of openapi.yaml."""

    status: int
    code: str
    message: str


def documented_errors() -> list[DocumentedError]:
    """Return the errors in openapi.yaml, in order and each once."""
    errors = [
        DocumentedError(int(status), error["code"], error["message"])
        for path in _document()["paths"].values()
        for operation in path.values()
        for status, response in operation["responses"].items()
        for media in response.get("content", {}).values()
        for example in media.get("examples", {}).values()
        if (error := example["value"].get("error"))
    ]
    return list(dict.fromkeys(errors))


def fill(connection: socket.socket) -> None:
    """Write to a non-blocking socket until the kernel takes not a byte more."""
    for data in (bytes(64 * 1024), b"a"):
        with contextlib.suppress(BlockingIOError):
            while True:
                connection.send(data)


class Unlimited:
    """A RateLimiter that never waits."""

    def acquire(self) -> None:
        """Let every request be sent."""

    def on_success(self) -> None:
        """Do nothing."""

    def on_throttled(self, retry_after: float | None) -> None:
        """Do nothing."""


def make(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the project's Makefile, from any working directory."""
    command = ["make", "--no-print-directory", "-f", str(ROOT / "Makefile"), *arguments]
    return run(*command, cwd=cwd)


def run(
    *command: str, cwd: Path = ROOT, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command, and return its output and exit code."""
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def git(folder: Path, *arguments: str) -> None:
    """Run git as a made-up author, without signing commits."""
    author = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    command = ("git", *author, "-c", "commit.gpgsign=false", *arguments)
    subprocess.run(command, cwd=folder, check=True)
