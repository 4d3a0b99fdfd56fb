"""The document, read once."""

from typing import Any

import pytest
import yaml

from support import ROOT


@pytest.fixture(scope="session")
def document() -> Any:
    """Return openapi.yaml as Python data, times as the text that they are in JSON."""

    class Loader(yaml.SafeLoader):
        """YAML as OpenAPI means it: a time is a string."""

    Loader.yaml_implicit_resolvers = {
        first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return yaml.load((ROOT / "openapi.yaml").read_text(), Loader)  # noqa: S506 - a SafeLoader


@pytest.fixture(scope="session")
def operation(document: Any) -> Any:
    """Return the one operation."""
    return document["paths"]["/v1/groups/{id}"]["patch"]
