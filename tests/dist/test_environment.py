"""The environment into which the Makefile's tasks install their tools."""

import os
from pathlib import Path

import pytest

from support import make


def test_an_environment_that_is_a_symbolic_link_is_left_unchanged(tmp_path: Path) -> None:
    """Recreating it would empty the folder that it points to."""
    precious = tmp_path / "elsewhere/precious"
    precious.parent.mkdir()
    precious.touch()
    link = tmp_path / "venv"
    link.symlink_to(precious.parent)
    made = make("generate", f"VENV={link}", f"OUTPUT={tmp_path}/package")
    assert made.returncode != 0
    assert f"{link} is a symbolic link: remove it" in made.stderr
    assert [*precious.parent.iterdir()] == [precious]


def test_the_environment_of_another_clone_is_left_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task would replace the other clone's code with this clone's."""
    for name in ("PYTHON", "MAKEFLAGS"):  # of `make test PYTHON=…`, which would make it anew
        monkeypatch.delenv(name, raising=False)
    for name in (".demo", ".python"):
        (tmp_path / name).touch()
    project = tmp_path / ".project"
    project.write_text("/another/clone\n")
    os.utime(project, (0, 0))
    made = make("generate", f"VENV={tmp_path}", f"OUTPUT={tmp_path}/package")
    assert made.returncode != 0
    assert f"{tmp_path} has the project of /another/clone: name another VENV" in made.stderr
    assert project.read_text() == "/another/clone\n"


@pytest.mark.parametrize("version", ["3.10", "2.7"])
def test_an_old_python_is_rejected_before_anything_is_created(
    version: str, tmp_path: Path
) -> None:
    """The message says what to do instead."""
    old = tmp_path / "python"
    old.write_text(f'#!/bin/sh\nPATH=/usr/bin:/bin exec python3 -c "import sys; '
                   f'sys.version_info = ({version.replace(".", ", ")}); $2"\n')  # fmt: skip
    old.chmod(0o700)
    made = make("generate", f"VENV={tmp_path}/venv", f"PYTHON={old}", f"OUTPUT={tmp_path}/package")
    assert made.returncode != 0
    assert "Python 3.11 or newer is needed" in made.stderr
    assert not (tmp_path / "venv").exists()
