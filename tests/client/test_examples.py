"""The examples in the documentation run, against a sandbox."""

import doctest
import importlib
import pkgutil
import sys

import pytest

import certifier_client
from certifier_client import answers
from certifier_sandbox import Sandbox
from support import ROOT, run

DOCSTRINGS = [
    test
    for module in pkgutil.iter_modules(certifier_client.__path__, "certifier_client.")
    for test in doctest.DocTestFinder().find(importlib.import_module(module.name))
    if test.examples
] + [test for test in doctest.DocTestFinder().find(certifier_client) if test.examples]


@pytest.mark.parametrize("example", DOCSTRINGS, ids=lambda example: example.name)
def test_each_example_in_a_docstring_gives_what_it_says(
    sandbox: Sandbox, example: doctest.DocTest
) -> None:
    """The values that it shows are those that come."""
    printed: list[str] = []
    with certifier_client.Certifier() as certifier:
        example.globs = {**example.globs, "certifier": certifier}
        result = doctest.DocTestRunner().run(example, out=printed.append, clear_globs=False)
    assert result.attempted
    assert not result.failed, "".join(printed)
    assert sandbox.requests


def test_the_guides_table_of_statuses_is_the_clients() -> None:
    """Each status and each code that has a class of its own is in it."""
    guide = (ROOT / "docs/guides/errors.md").read_text()
    for status, kind in answers._BY_STATUS.items():
        codes = [code for (of, _), code in answers._BY_CODE.items() if of == status]
        named = ", ".join(f"`{code.__name__}`" for code in codes)
        assert f"| {status} | `{kind.__name__}` | {named}{named and ' '}|" in guide


def test_the_demo_shows_a_template_before_and_after() -> None:
    """It needs no environment, starts its own sandbox, and ends well."""
    shown = run(sys.executable, "examples/demo.py")
    assert shown.returncode == 0, shown.stderr
    assert shown.stderr == ""
    assert shown.stdout.index("Financial Markets") < shown.stdout.index("Global Markets")
    assert "AsyncCertifier" in shown.stdout
