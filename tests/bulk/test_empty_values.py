"""An empty value is never sent: left out, a field stays unchanged; passed empty, it is rejected."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from bulk.command import certifier
from bulk.conftest import IDS, UpdateMany
from certifier_client import Certifier, InputError
from certifier_sandbox import PREMIUM_TOKEN, TEMPLATE_ID, Sandbox

EMPTY = [{"name": ""}, {"design_ids": []}, {"design_ids": [""]}, {"learning_event_url": ""}]
IN_JSON = [{"name": ""}, {"designIds": []}, {"designIds": [""]}, {"learningEventUrl": ""}]


@pytest.mark.parametrize("fields", EMPTY)
def test_python_rejects_an_empty_value(
    fields: dict[str, Any], sandbox: Sandbox, update_many: UpdateMany
) -> None:
    """It does so in a call and in a list of changes."""
    with Certifier() as client, pytest.raises(InputError, match=next(iter(fields))):
        client.credential_templates.update(TEMPLATE_ID, **fields)
    (outcome,) = update_many([{"id": IDS[0], **fields}])
    assert outcome.kind == "rejected"
    assert sandbox.requests == []


@pytest.mark.parametrize("option", ["--name", "--design-id", "--learning-event-url"])
def test_an_empty_option_is_rejected(option: str, sandbox: Sandbox) -> None:
    """An unset shell variable leads to one."""
    shown = certifier("update", TEMPLATE_ID, "--design-id", "a", option, "")
    assert (shown.returncode, "empty" in shown.stderr or "URL" in shown.stderr) == (2, True)
    assert sandbox.requests == []


@pytest.mark.parametrize("fields", IN_JSON)
@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_a_file_of_json_with_an_empty_value_is_rejected(
    fields: dict[str, object], suffix: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    """The message has the line."""
    change = {"id": IDS[0], **fields}
    path = tmp_path / f"a.{suffix}"
    path.write_text(json.dumps([change] if suffix == "json" else change))
    shown = certifier("apply", path)
    assert (shown.returncode, f"{path}:1: " in shown.stderr) == (2, True)
    assert sandbox.requests == []


def test_an_empty_cell_leaves_the_field_out(sandbox: Sandbox, tmp_path: Path) -> None:
    """CSV has no other way to leave a field out."""
    path = tmp_path / "a.csv"
    path.write_text(f'id,name,design_ids,learning_event_url\n{IDS[0]},"", ,https://a.org\n')
    assert certifier("apply", path).returncode == 0
    (request,) = sandbox.requests
    assert json.loads(request.body) == {"learningEventUrl": "https://a.org"}


@pytest.mark.parametrize("fields", IN_JSON)
def test_the_sandbox_rejects_an_empty_value(fields: dict[str, object], sandbox: Sandbox) -> None:
    """The error has the code of invalid input, and nothing changes."""
    before = sandbox.templates[TEMPLATE_ID]
    response = httpx.patch(
        f"{sandbox.url}/v1/groups/{TEMPLATE_ID}",
        json=fields,
        headers={"Authorization": f"Bearer {PREMIUM_TOKEN}", "Certifier-Version": "2022-10-26"},
    )
    assert (response.status_code, response.json()["error"]["code"]) == (400, "validation_error")
    assert sandbox.templates[TEMPLATE_ID] == before
