"""A sandbox for tests: in this process, or in another."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import certifier_sandbox
from certifier_sandbox import Sandbox

# The tests may have found the package on a path that a subprocess does not have.
_PACKAGES = str(Path(certifier_sandbox.__file__).parents[1])
# An encoding that neither the page nor a file has.
_LOCALE = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


@pytest.fixture
def sandbox(certifier_sandbox: Sandbox) -> Sandbox:
    """Give each test a fresh sandbox, and the environment variables that a user would set."""
    return certifier_sandbox


@contextmanager
def sandbox_command(
    *arguments: str, cwd: Path | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the sandbox's command until the block ends; return its process and its URL."""
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), _PACKAGES]))
    environment = {**os.environ, **_LOCALE, "PYTHONPATH": path}
    environment.pop("PYTHONUNBUFFERED", None)  # it would hide a missing flush
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "certifier_sandbox", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=cwd,
    )
    with process:
        try:
            assert process.stdout
            yield process, process.stdout.readline().removeprefix("Sandbox at ").strip()
        finally:
            process.kill()
