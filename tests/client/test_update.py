"""The update of a credential template, over a real socket."""

import copy
import json
import pickle
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from certifier_client import AsyncCertifier, Certifier
from certifier_sandbox import PREMIUM_TOKEN, TEMPLATE_ID, Sandbox
from documented import VERSION
from sandboxed import sandbox_command
from support import Update

URL = "https://www.coursera.org/learn/financial-markets-global"
DESIGNS = ["01fpwtztwf7sacca5r0c483mnm", "01hz2ej4yzdcfkq9fa78nhyj0x"]


def test_an_update_returns_the_updated_template(sandbox: Sandbox, update: Update) -> None:
    """It has each field of the response, with its documented type."""
    template, _ = update(name="Markets", design_ids=DESIGNS[::-1], learning_event_url=f"{URL}#2")
    assert template.id == TEMPLATE_ID
    assert template.name == "Markets"
    assert template.design_ids == DESIGNS[::-1]
    assert template.learning_event_url == f"{URL}#2"
    assert template.created_at == datetime(2022, 1, 1, tzinfo=UTC)
    assert template.updated_at > template.created_at


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({}, "{}"),
        ({"name": "Märkte 📈"}, '{"name":"Märkte 📈"}'),
        ({"design_ids": DESIGNS}, f'{{"designIds":["{DESIGNS[0]}","{DESIGNS[1]}"]}}'),
        ({"design_ids": ("a", "a")}, '{"designIds":["a","a"]}'),
        ({"learning_event_url": URL}, f'{{"learningEventUrl":"{URL}"}}'),
    ],
)
def test_only_passed_fields_are_sent(
    sandbox: Sandbox, update: Update, fields: dict[str, Any], body: str
) -> None:
    """The body has only the given fields; without any, it is the page's example."""
    update(**fields)
    assert [request.body for request in sandbox.requests] == [body]


def test_the_request_is_the_documented_one(sandbox: Sandbox, update: Update) -> None:
    """Method, path, version, content type and token are as documented."""
    update(name="Markets")
    (request,) = sandbox.requests
    headers = dict(request.headers)
    assert (request.method, request.path) == ("PATCH", f"/v1/groups/{TEMPLATE_ID}")
    assert headers["certifier-version"] == VERSION
    assert headers["content-type"] == "application/json"
    assert headers["authorization"] == "Bearer <premium>"
    assert headers["accept"] == "application/json"
    assert headers["accept-encoding"] == "identity"
    assert headers["user-agent"].startswith("certifier-client/")


def test_status_headers_and_bytes_of_the_response_are_available(
    sandbox: Sandbox, update: Update
) -> None:
    """They are returned unchanged with the template."""
    body = (
        f'{{ "id": "{TEMPLATE_ID}", "name": "é", "learningEventUrl": null, "designIds": [],'
        ' "createdAt": "2022-01-01T00:00:00Z", "updatedAt": "2022-01-01T00:00:00Z", "seats": [2] }'
    )
    headers = {"Content-Type": "application/json", "X-Request-Id": "42"}
    sandbox.inject(status=200, headers=headers, text=body)
    template, response = update()
    assert response.status == 200
    assert response.headers["x-request-id"] == "42"
    assert response.body == body.encode()
    assert template.learning_event_url is None
    assert template["seats"] == [2]
    assert template.additional_properties == {"seats": [2]}


def test_the_legacy_fields_of_a_response_are_readable(sandbox: Sandbox, update: Update) -> None:
    """They are absent from the response to the documented shape."""
    template, response = update()
    assert not template.certificate_design_id
    example = {**json.loads(response.body), "certificateDesignId": "a", "badgeDesignId": None}
    sandbox.inject(status=200, json=example)
    template, _ = update()
    assert (template.certificate_design_id, template.badge_design_id) == ("a", None)


def test_only_reading_a_legacy_field_warns(sandbox: Sandbox, update: Update) -> None:
    """Comparing, printing, copying or pickling a template, or converting it to JSON, does not."""
    template, _ = update()
    again = pickle.loads(pickle.dumps(copy.deepcopy(template)))  # noqa: S301 - ours
    assert again == template
    assert repr(again) == repr(template)
    assert again.to_dict() == template.to_dict()
    assert attrs.asdict(again) == attrs.asdict(template)
    assert attrs.evolve(again, name="other") != template


async def test_groups_is_the_same_resource(sandbox: Sandbox) -> None:
    """The former name is an alias on both clients."""
    with Certifier() as certifier:
        assert certifier.groups.update(TEMPLATE_ID, name="A").name == "A"
    async with AsyncCertifier() as other:
        assert (await other.groups.update(TEMPLATE_ID)).name == "A"
        assert (await other.credential_templates.update(TEMPLATE_ID)).name == "A"


async def test_each_method_sends_all_that_it_is_given(sandbox: Sandbox) -> None:
    """The id and every field are sent, by both clients, with or without the response."""
    fields: Any = {"name": "A", "design_ids": DESIGNS, "learning_event_url": URL}
    body = {"name": "A", "designIds": DESIGNS, "learningEventUrl": URL}
    with Certifier() as certifier:
        certifier.credential_templates.update(TEMPLATE_ID, **fields)
        certifier.credential_templates.update_with_response(TEMPLATE_ID, **fields)
        unsent = certifier.credential_templates.update_request(TEMPLATE_ID, **fields)
    async with AsyncCertifier() as other:
        await other.credential_templates.update(TEMPLATE_ID, **fields)
        await other.credential_templates.update_with_response(TEMPLATE_ID, **fields)
        same = other.credential_templates.update_request(TEMPLATE_ID, **fields)
    sent = [(request.path, request.json) for request in sandbox.requests]
    assert sent == [(f"/v1/groups/{TEMPLATE_ID}", body)] * 4
    for request in (unsent, same):
        assert request.url == f"{sandbox.url}/v1/groups/{TEMPLATE_ID}"
        assert (request.method, request.json) == ("PATCH", body)
        assert request.headers["authorization"] == "Bearer [hidden]"


def test_the_host_may_be_an_ipv6_address(update: Update) -> None:
    """It is in brackets in a URL, but not for a connection."""
    with sandbox_command("--host", "::1") as (_, url):
        assert url.startswith("http://[::1]:")
        template, _ = update(options={"base_url": url, "access_token": PREMIUM_TOKEN})
    assert template.name == "Financial Markets"
