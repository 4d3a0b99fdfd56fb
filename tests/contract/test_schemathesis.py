"""Schemathesis holds the sandbox against openapi.yaml, over a socket."""

import sys
from collections import Counter
from pathlib import Path

import httpx
import pytest

from certifier_sandbox import PREMIUM_TOKEN, running
from support import ROOT, run

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


def test_the_sandbox_does_what_the_document_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Valid requests are answered with 200, invalid ones with 400 or 401, each as documented."""
    monkeypatch.setenv("ACCESS_TOKEN", PREMIUM_TOKEN)
    command = Path(sys.executable).with_name("schemathesis")
    with running() as sandbox:
        document = str(ROOT / "openapi.yaml")
        asked = ["--config-file", str(CONFIGURATION), "run", document, "--url", sandbox.url]
        checked = run(str(command), *asked)
        log = httpx.get(f"{sandbox.url}/_sandbox/requests").json()["requests"]
    assert checked.returncode == 0, checked.stdout
    statuses = Counter(request["status"] for request in log)
    headers = [dict(request["headers"]) for request in log]
    assert statuses[200] >= 50
    assert statuses[400] >= 10
    assert any("certifier-version" not in names for names in headers)
    assert any("authorization" not in names for names in headers)
