"""Each fact of the vendor's page has a test that fails when the fact no longer holds.

facts.toml names a defect for each fact: a change of the document, the sandbox, the client or the
generated code. Here it is made in a copy of the project, where the fact's first test must fail.
"""

import multiprocessing
import shutil
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from contract import in_a_copy
from support import ROOT

FACTS = tomllib.loads((ROOT / "tests/contract/facts.toml").read_text())["fact"]
FILES = ("openapi.yaml", "pyproject.toml")

Run = Callable[..., str]

pytestmark = pytest.mark.slow  # each runs pytest


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project."""
    copy = tmp_path_factory.mktemp("project")
    for name in in_a_copy.FOLDERS:
        shutil.copytree(ROOT / name, copy / name)
    for name in FILES:
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope="module")
def run(project: Path) -> Iterator[Run]:
    """Give a function that runs tests of the copy: in forks of a process that has the tools."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(in_a_copy.TOOLS)
    with ProcessPoolExecutor(1, context, max_tasks_per_child=1) as forks:
        yield lambda *arguments: forks.submit(in_a_copy.run, project, *arguments).result()


def node(fact: dict[str, Any]) -> str:
    """Return the test that must fail, as pytest names it."""
    # Hypothesis names the state machine's test differently than its class.
    return str(fact["tests"][0]).replace("::Templates", "::TestInProcess")


def test_without_a_defect_no_test_fails(run: Run) -> None:
    """In an unchanged copy, the tests pass."""
    rows = {fact["defect"]["rows"] for fact in FACTS if "rows" in fact["defect"]}
    chosen = " or ".join(["not test_request_table", *sorted(rows)])
    output = run(*sorted({node(fact) for fact in FACTS}), "-k", chosen)
    assert " passed" in output
    assert "FAILED" not in output


@pytest.mark.parametrize("fact", FACTS, ids=[fact["id"] for fact in FACTS])
def test_a_defect_makes_the_test_of_its_fact_fail(
    project: Path, run: Run, fact: dict[str, Any]
) -> None:
    """The first test of the fact fails."""
    defect = fact["defect"]
    path = project / defect["file"]
    text = path.read_text()
    assert defect["replaces"] in text
    path.write_text(text.replace(defect["replaces"], defect["by"], 1))
    try:
        output = run(node(fact), *(["-k", defect["rows"]] if "rows" in defect else []))
    finally:
        path.write_text(text)
    assert f"FAILED {node(fact)}" in output
