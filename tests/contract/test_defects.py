"""Each fact of the vendor's page has a test that fails when the fact no longer holds.

facts.toml names a defect for each fact: a change of the document, the sandbox, the client or the
generated code. Here it is made in a copy of the project, where one of the fact's tests must fail.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from support import ROOT

FACTS = tomllib.loads((ROOT / "tests/contract/facts.toml").read_text())["fact"]
FOLDERS = ("overrides", "generated", "sandbox", "tests")
FILES = ("openapi.yaml", "pyproject.toml")

pytestmark = pytest.mark.slow  # each runs pytest


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project."""
    copy = tmp_path_factory.mktemp("project")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, copy)
    return copy


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run tests of the copy, on the packages of the copy."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    environment["PYTHONPATH"] = os.pathsep.join(str(project / name) for name in FOLDERS)
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    options = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly")
    command = [sys.executable, "-m", "pytest", *options, *arguments]
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def node(fact: dict[str, Any]) -> str:
    """Return the test that must fail, as pytest names it."""
    # Hypothesis gives the state machine's test another name than its class.
    return str(fact["defect"]["fails"]).replace("::Templates", "::TestInProcess")


def test_without_a_defect_no_test_fails(project: Path) -> None:
    """A copy by itself makes none fail."""
    result = run(project, *sorted({node(fact) for fact in FACTS}))
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("fact", FACTS, ids=[fact["id"] for fact in FACTS])
def test_a_defect_makes_the_test_of_its_fact_fail(project: Path, fact: dict[str, Any]) -> None:
    """The test that the defect names, which is one of the fact's, fails."""
    defect = fact["defect"]
    assert defect["fails"] in fact["tests"]
    path = project / defect["file"]
    text = path.read_text()
    assert defect["replaces"] in text
    path.write_text(text.replace(defect["replaces"], defect["by"], 1))
    try:
        result = run(project, node(fact), *(["-k", defect["rows"]] if "rows" in defect else []))
    finally:
        path.write_text(text)
    assert f"FAILED {node(fact)}" in result.stdout, result.stdout + result.stderr
