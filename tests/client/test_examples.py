"""The examples in docstrings and in examples/ run against a sandbox."""

import doctest
import importlib
import pkgutil
import re
import sys

import pytest

import certifier_client
from certifier_client._call import error_mapping
from certifier_sandbox import Sandbox
from support import ROOT, run

DOCSTRINGS = [
    test
    for module in pkgutil.iter_modules(certifier_client.__path__, "certifier_client.")
    for test in doctest.DocTestFinder().find(importlib.import_module(module.name))
    if test.examples
] + [test for test in doctest.DocTestFinder().find(certifier_client) if test.examples]


@pytest.mark.parametrize("example", DOCSTRINGS, ids=lambda example: example.name)
def test_each_example_in_a_docstring_prints_what_it_shows(
    sandbox: Sandbox, example: doctest.DocTest
) -> None:
    """The values in the docstring are the ones that are printed."""
    printed: list[str] = []
    with certifier_client.Certifier() as certifier:
        example.globs = {**example.globs, "certifier": certifier}
        result = doctest.DocTestRunner().run(example, out=printed.append, clear_globs=False)
    assert result.attempted
    assert not result.failed, "".join(printed)
    assert sandbox.requests


def test_the_guides_table_of_statuses_is_the_clients() -> None:
    """It has each status and each code that has its own class."""
    guide = (ROOT / "docs/guides/errors.md").read_text()
    for status, kind in error_mapping._BY_STATUS.items():
        codes = [code for (of, _), code in error_mapping._BY_CODE.items() if of == status]
        named = ", ".join(f"`{code.__name__}`" for code in codes)
        by_code = f", or by its code {named}" if named else ""
        assert f"| {status} | `{kind.__name__}`{by_code} |" in guide


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        ("demo.py", r"name +Financial Markets\n.*name +Global Markets\n.*AsyncCertifier"),
        (
            "many.py",
            r"404 not_found.*20 applied, 1 rejected\nthe first one is now at https://learn",
        ),
        ("service.py", r"200 .*\n404 .*no such template.*\n400 .*the body must.*\n400 .*is None"),
    ],
)
def test_each_script_runs_on_its_own_sandbox(script: str, shown: str) -> None:
    """The script needs no environment variables, prints its results, and succeeds."""
    ran = run(sys.executable, "-W", "error", f"examples/{script}")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.search(shown, ran.stdout, re.DOTALL), ran.stdout


def test_no_example_is_forgotten() -> None:
    """Each script in the folder is run by a test; tests/docs runs the notebook."""
    files = {path.name for path in (ROOT / "examples").iterdir()}
    assert files == {"demo.py", "many.py", "service.py", "notebook.ipynb"}
