"""The sandbox and its model, in process and over a socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from certifier_sandbox.request_schema import PROPERTIES
from contract.pair import Pair, in_process, over_socket
from support import load_document

FIELDS = load_document()["components"]["schemas"]["CredentialTemplateUpdate"]["properties"]
LACKING = sorted(FIELDS.keys() - PROPERTIES.keys())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """While the sandbox lacks a field, run only the test that reports it; others would fail too."""
    if not LACKING:
        return
    others = [
        item
        for item in items
        if Path(__file__).parent in item.path.parents and item.path.name != "test_fields.py"
    ]
    items[:] = [item for item in items if item not in others]
    config.hook.pytest_deselected(items=others)


@pytest.fixture(scope="module")
def local() -> Iterator[Pair]:
    """Run a sandbox in process, with its model."""
    with in_process() as service:
        yield Pair(service)


@pytest.fixture(scope="module")
def served() -> Iterator[Pair]:
    """Run a sandbox on a socket, with its model."""
    with over_socket() as service:
        yield Pair(service)
