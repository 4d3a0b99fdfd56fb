"""The parts of the document that certifier_client repeats are the same in both."""

from typing import Any

import httpx
import pytest

from certifier_client import Certifier, errors
from certifier_client._call.error_mapping import _BY_CLASS, error_for
from certifier_client.response import Response
from support import DocumentedError, documented_errors


def test_the_default_base_url_is_the_documents_server(
    document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an option and an environment variable, requests go there."""
    monkeypatch.delenv("CERTIFIER_BASE_URL", raising=False)
    with Certifier(access_token="a") as certifier:
        assert [server["url"] for server in document["servers"]] == [certifier.base_url]


@pytest.mark.parametrize("error", documented_errors(), ids=lambda error: error.code)
def test_each_documented_error_has_its_own_class(error: DocumentedError) -> None:
    """A new one needs a class in errors.py and a line in _call/error_mapping.py."""
    body = f'{{"error": {{"code": "{error.code}", "message": "m"}}}}'.encode()
    raised = type(error_for(Response("", error.status, httpx.Headers(), body)))
    name = error.code.title().replace("_", "") + "Error"
    assert raised not in _BY_CLASS.values(), (
        f"{error.status} {error.code} needs its own class: write errors.{name}, "
        "and add it to _BY_STATUS or _BY_CODE in _call/error_mapping.py"
    )
    assert raised.__module__ == errors.__name__
