"""Every fact on the vendor's page is in openapi.yaml, and tested."""

import ast
import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from figures import contract as counted
from support import ROOT, load_document

FOLDER = Path(__file__).parent
FACTS = tomllib.loads((FOLDER / "facts.toml").read_text())["fact"]

each_fact = pytest.mark.parametrize("fact", FACTS, ids=[fact["id"] for fact in FACTS])


def squeezed(text: str) -> str:
    """Return a text without white space, because page and document break lines differently."""
    return "".join(text.split())


def at(pointer: str) -> Any:
    """Return the part of openapi.yaml at a JSON pointer."""
    value = load_document()
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


@cache
def names_in(path: str) -> set[str]:
    """Return the names of the functions and classes in a test file."""
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)} | {
        node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)
    }


def test_the_facts_are_the_whole_page_and_nothing_else() -> None:
    """Joined in order, they are the exact text of the page."""
    page = (FOLDER / "vendor_page.txt").read_text()
    assert squeezed("".join(fact["text"] for fact in FACTS)) == squeezed(page)
    assert len({fact["id"] for fact in FACTS}) == len(FACTS)
    counted.add("facts", len(FACTS))


@each_fact
def test_a_fact_is_in_the_document(fact: dict[str, Any]) -> None:
    """Its text, values or example are at the places that it names."""
    assert fact.keys() & {"says", "equals", "example"}
    if "says" in fact:
        assert squeezed(fact["text"]) in squeezed(at(fact["says"]))
    for pointer, value in fact.get("equals", {}).items():
        assert at(pointer) == value
    if "example" in fact:
        assert at(fact["example"]) == json.loads(fact["text"])


@each_fact
def test_a_fact_names_tests_that_exist(fact: dict[str, Any]) -> None:
    """Each test is defined in its file."""
    assert fact["tests"]
    for test in fact["tests"]:
        path, name = test.split("::")
        assert name in names_in(path)
    counted.add("facts_mapped")
