"""The document, read once."""

from typing import Any

import pytest

from support import load_document


@pytest.fixture(scope="session")
def document() -> Any:
    """Return openapi.yaml."""
    return load_document()


@pytest.fixture(scope="session")
def operation(document: Any) -> Any:
    """Return the only operation."""
    return document["paths"]["/v1/groups/{id}"]["patch"]
