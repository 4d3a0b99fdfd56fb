"""Schemathesis compares the sandbox with openapi.yaml, its strict overlay and the model."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import schemathesis
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis.core import NotSet
from schemathesis.generation import GenerationMode

from certifier_sandbox import FREE_TOKEN, PREMIUM_TOKEN, SECOND_TOKEN, running
from contract.model import Request
from contract.pair import Pair
from contract.profile import CONTRACT, SEED
from contract.request_table import JSON, Subject, body_of
from figures import contract as counted
from support import ROOT, documented_errors, load_document, run

FOLDER = Path(__file__).parent
REPORTS = ROOT / "build/contract"
TOKENS = [PREMIUM_TOKEN, FREE_TOKEN, SECOND_TOKEN, "unknown"]
OPERATION = schemathesis.openapi.from_dict(load_document())["/v1/groups/{id}"]["PATCH"]
CASES = st.one_of([OPERATION.as_strategy(generation_mode=mode) for mode in GenerationMode])


def merged(target: Any, patch: Any) -> Any:
    """Return a document with a merge patch (RFC 7396) applied."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        result[key] = merged(result.get(key), value)
    return {key: value for key, value in result.items() if value is not None}


def without_examples(node: Any) -> Any:
    """Return a document without examples: schemathesis would use the id in them."""
    if isinstance(node, list):
        return [without_examples(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {k: without_examples(v) for k, v in node.items() if k not in {"example", "examples"}}


def strict(side: str) -> Any:
    """Return the document that the sandbox must meet."""
    overlay = yaml.safe_load((FOLDER / "strict.yaml").read_text())
    document = merged(load_document(), overlay)
    responses = document["paths"]["/v1/groups/{id}"]["patch"]["responses"]
    for status, code, message in documented_errors():
        if status != 400:  # other codes have the same status
            media = responses[str(status)]["content"]["application/json"]
            media["schema"] = {"const": {"error": {"code": code, "message": message}}}
    return document if side == "known" else without_examples(document)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("side", "accepted", "rejected"), [("known", 200, 400), ("unknown", 404, 400)]
)
def test_the_sandbox_does_what_the_document_says(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    side: str,
    accepted: int,
    rejected: int,
) -> None:
    """Valid requests get 200, or 404 for unknown ids; invalid requests get the documented error."""
    monkeypatch.setenv("ACCESS_TOKEN", PREMIUM_TOKEN)
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(strict(side)))
    command = Path(sys.executable).with_name("schemathesis")
    with running() as sandbox:
        checked = run(
            str(command), "--config-file", str(FOLDER / f"{side}.toml"),
            "run", str(document), "--url", sandbox.url, "--seed", SEED or "1", "--no-color",
            "--report-junit-path", str(REPORTS / f"{side}.xml"),
            "--report-html-path", str(REPORTS / side),
        )  # fmt: skip
        log = httpx.get(f"{sandbox.url}/_sandbox/requests").json()["requests"]
    assert checked.returncode == 0, checked.stdout
    statuses = Counter(request["status"] for request in log)
    headers = [dict(request["headers"]) for request in log]
    counted.add("schemathesis_requests", len(log))
    # Both sides were reached; of 20 seeds, the lowest count was 33.
    assert statuses[accepted] >= 20
    assert statuses[rejected] >= 5
    assert any("certifier-version" not in names for names in headers)
    assert any("authorization" not in names for names in headers)


generated = given(
    case=CASES,
    token=st.sampled_from(TOKENS),
    known=st.booleans(),
    version=st.sampled_from(["2022-10-26", "2022-10-26", "2022-10-27"]),
)


@settings(CONTRACT, max_examples=200)
@generated
def test_the_sandbox_responds_to_generated_bodies_as_the_model_does(
    local: Pair, **request: Any
) -> None:
    """The bodies are valid and invalid, from each organization, for its templates and others."""
    ask(local, **request)


@settings(CONTRACT, max_examples=50)
@generated
def test_a_socket_changes_no_response_to_a_generated_body(served: Pair, **request: Any) -> None:
    """Some of these requests go through the server's own parser."""
    ask(served, **request)


def ask(pair: Pair, *, case: Any, token: str, known: bool, version: str) -> None:
    """Send a request to a new sandbox and to its model."""
    pair.reset("2026-03-01T00:00:00.000Z")
    path = urlsplit(case.as_transport_kwargs(base_url="http://sandbox")["url"]).path
    headers = (("Authorization", f"Bearer {token}"), ("Certifier-Version", version), JSON)
    empty = isinstance(case.body, NotSet)
    body = b"" if empty else case.body if isinstance(case.body, bytes) else body_of(case.body)
    counted.add("generated_requests")
    pair.ask(Request(target=Subject().path if known else path, headers=headers, body=body))
