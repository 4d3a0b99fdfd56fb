"""What counts as a break of the public interface, on a release in a repository of its own."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support import ROOT, git, run

SCRIPT = str(ROOT / "tests/interface")
CLIENT, SANDBOX = "overrides/certifier_client", "sandbox/certifier_sandbox"


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """Commit the packages, and release them as version 0.1.0."""
    for folder in ("overrides", "generated", "sandbox"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    version(tmp_path, "0.1.0")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Release")
    git(tmp_path, "tag", "v0.1.0")
    return tmp_path


def version(folder: Path, number: str) -> None:
    """Give the package a version."""
    (folder / CLIENT / "version.py").write_text(f'__version__ = "{number}"\n')


def replace(path: Path, old: str, new: str) -> None:
    """Replace what is in a file exactly once."""
    text = path.read_text()
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new))


def interface(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Compare as `make interface` does."""
    return run(sys.executable, SCRIPT, *arguments, cwd=folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        (f"{CLIENT}/client.py", "def with_options(", "def options(", "Certifier.with_options"),
        (f"{CLIENT}/client.py", "def close(", "def shut(", "Certifier.close"),
        (f"{CLIENT}/credential_templates.py", "workers: int = 4", "workers: int", "workers"),
        (f"{CLIENT}/bulk/change.py", "class Outcome", "class Result", "Outcome"),
        (f"{CLIENT}/errors.py", "class ProxyError", "class Proxied", "ProxyError"),
        (f"{CLIENT}/retry.py", "    cap: float", "    most: float", "RetryPolicy.cap"),
        (f"{CLIENT}/__init__.py", '    "Journal",\n', "", "Journal"),
        (f"{CLIENT}/pytest_plugin.py", "def certifier(", "def client(", "certifier"),
        (f"{SANDBOX}/sandbox.py", "def inject(", "def answer(", "Sandbox.inject"),
        (f"{SANDBOX}/clock.py", "def advance(", "def forward(", "Clock.advance"),
        (f"{SANDBOX}/request_log.py", "    status: int", "    code: int", "Entry.status"),
        (f"{SANDBOX}/sandbox.py", "    delay: float", "    wait: float", "Injection.delay"),
        (f"{SANDBOX}/server.py", "port: int = 0", "on: int = 0", "running(port)"),
        (
            "generated/certifier_generated/models/credential_template.py",
            "    name: str\n",
            "    title: str\n",
            "CredentialTemplate.name",
        ),
    ],
)
def test_a_break_needs_a_version_that_says_so(
    released: Path, file: str, old: str, new: str, named: str
) -> None:
    """A name that is gone, or an argument that was optional; before 1.0 the minor version rises."""
    replace(released / file, old, new)
    for number, code in (("0.1.1", 1), ("0.2.0", 0)):
        version(released, number)
        told = interface(released)
        assert told.returncode == code, told.stdout + told.stderr
        assert re.search(rf"^BREAKS .*\b{re.escape(named)}", told.stdout, re.MULTILINE)


def test_a_release_is_compared_with_the_one_before_it(released: Path) -> None:
    """Its own tag, which is there when it is published, would hide what it breaks."""
    replace(released / CLIENT / "client.py", "def close(", "def shut(")
    for number, base, code in (("0.1.1", "v0.1.0", 1), ("0.2.0rc1", "v0.1.1", 0)):
        version(released, number)
        git(released, "commit", "--quiet", "--all", "--message", number)
        git(released, "tag", f"v{number}")
        told = interface(released)
        assert told.returncode == code, told.stdout + told.stderr
        assert f"the public interface since {base}: {code} breaking" in told.stdout


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (f"{CLIENT}/version.py", "0.1.0", "0.1.1"),
        (f"{CLIENT}/checks.py", "def headers(", "def further_headers("),
        (f"{CLIENT}/pytest_plugin.py", "_certifier_sandbox: ", "_sandbox: "),
        (f"{SANDBOX}/ulid.py", "def new_ulid(", "def ulid("),
        (f"{SANDBOX}/server.py", "port: int = 0,", "port: int = 0, host: str = '',"),
        (f"{CLIENT}/retry.py", "    cap: float", "    least: float = 0\n    cap: float"),
    ],
)
def test_what_nobody_else_can_see_and_what_is_added_breaks_nothing(
    released: Path, file: str, old: str, new: str
) -> None:
    """Modules that no `__all__` names are ours; a new option is optional."""
    replace(released / file, old, new)
    told = interface(released)
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout == "the public interface since v0.1.0: 0 breaking\n"


def test_before_the_first_release_there_is_nothing_to_break(released: Path) -> None:
    """That is said; another revision can be named, and one that is none ends with 2."""
    git(released, "tag", "--delete", "v0.1.0")
    told = interface(released)
    assert (told.returncode, told.stdout[:24]) == (0, "nothing is released yet ")
    assert interface(released, "--base", "HEAD").returncode == 0
    told = interface(released, "--base", "nowhere")
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)
    assert "cannot compare with 'nowhere'" in told.stderr
