"""Each code block of the pages runs as a reader would run it.

A page is one session in an empty folder, with a sandbox in the environment. A block with a title is
a file; `python` is a script, `console` is for a shell, and `text` is the output of the block before
it. A page on contributing is a session in a copy of the project.
"""

import os
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

import pytest
from fakeredis import TcpFakeServer

from support import ROOT, run

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "sandbox/certifier_sandbox/README.md",
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("docs/guides/*.md")),
]
FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)
TASKS = {line.split()[0] for line in run("make", "help").stdout.splitlines()}

# Shell lines that cannot run in this folder, and the tests that run them elsewhere.
ELSEWHERE = {
    "python3 -m venv venv": "tests/dist/test_distribution.py",
    "pip install": "tests/dist/test_distribution.py",
    "certifier-sandbox": "tests/sandbox/test_command.py",
    "export CERTIFIER_": "the sandbox of this test is in the environment already",
    "make ": "test_each_task_that_a_page_names_exists",
    "cd requirements && npm": "it changes the project, and asks the registry",
}


# The files that `make generate` and the later tasks need.
COPIED = ["Makefile", "generator-config.yaml", "openapi.yaml", "overrides", "generated", "sandbox"]
COPIED += ["pyproject.toml", "requirements"]


class Block(NamedTuple):
    """A code block: its language, its title, and its lines."""

    language: str
    title: str
    content: str


def blocks(page: Path) -> list[Block]:
    """Return the code blocks of a page."""
    return [Block(*found) for found in FENCE.findall(page.read_text())]


def console_lines(page: Path) -> list[str]:
    """Return the shell lines of a page."""
    consoles = [block.content for block in blocks(page) if block.language == "console"]
    return "\n".join(consoles).splitlines()


def script(content: str) -> str:
    """Return a block as a script: what awaits at the top level is the cell of a notebook."""
    if not re.search(r"^await ", content, re.MULTILINE):
        return content
    return f"import asyncio\nasync def cell():\n{indent(content, '    ')}\nasyncio.run(cell())\n"


def shell(content: str) -> str:
    """Return the shell lines that can run here."""
    return "\n".join(
        line
        for line in content.splitlines()
        if line == "make generate" or not line.startswith((*ELSEWHERE,))
    )


def copy_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copy the project with an environment that `make` considers complete; import the copy."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder)
    packages = [str(folder / name) for name in ("overrides", "generated", "sandbox")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(packages))
    # Its own environment: make would install the copy into the project's.
    venv = folder / ".venv"
    venv.mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (venv / name).symlink_to(Path(sys.prefix) / name)
    for done in (".python", ".demo", ".project"):
        (venv / done).touch()
    for name in ("VENV", "PYTHON", "RELEASES", "MAKEFLAGS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    """Run a Redis server for the page on sharing a limit; return its URL."""
    with TcpFakeServer(("127.0.0.1", 0), server_type="redis") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"redis://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the commands of this environment on the path, whether or not it is activated."""
    folders = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    monkeypatch.setenv("PATH", folders)


@pytest.mark.usefixtures("commands", "certifier_sandbox")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_block_of_a_page_runs(
    page: Path, redis: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The blocks run in order and succeed, and print what the page shows."""
    monkeypatch.setenv("REDIS_URL", redis)
    # A user's pytest does not have this plugin, which takes two seconds to load.
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:schemathesis")
    if page.name.startswith("contributing-"):
        copy_project(tmp_path, monkeypatch)
    printed: str | None = None
    found = blocks(page)
    for block, following in zip_longest(found, found[1:]):
        if block.language == "text":
            assert printed == block.content
            continue
        command = [sys.executable, block.title or "block.py"]
        match block:
            case Block("python", "", content):
                (tmp_path / "block.py").write_text(script(content))
            case Block("console", "", content):
                command = ["bash", "-euc", shell(content)]
            case Block(_, title, content):
                assert title, f"{page.name}: how is a block of {block.language} run?"
                (tmp_path / title).write_text(content)
                continue
        ran = run(*command, cwd=tmp_path)
        assert ran.returncode == 0, f"{block.content}\n{ran.stdout}\n{ran.stderr}"
        printed = ran.stdout if following and following.language == "text" else None


def test_each_task_that_a_page_names_exists() -> None:
    """`make help` lists each of them."""
    for page in PAGES:
        named = [*re.findall(r"`(make [^`\n]+)`", page.read_text()), *console_lines(page)]
        tasks = set(re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)", "\n".join(named)))
        assert tasks <= TASKS, f"{page.name}: {tasks - TASKS}"


def test_each_line_that_runs_elsewhere_is_in_a_page() -> None:
    """The list of these lines has no leftovers."""
    lines = [line for page in PAGES for line in console_lines(page)]
    for start in ELSEWHERE:
        assert any(line.startswith(start) for line in lines), start
