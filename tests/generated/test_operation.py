"""The generated operation over a socket, as used without the client."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from certifier_generated.api.credential_templates import update_credential_template as operation
from certifier_generated.client import AuthenticatedClient
from certifier_generated.errors import UnexpectedStatus
from certifier_generated.models import CredentialTemplate, CredentialTemplateUpdate, ErrorResponse
from certifier_generated.types import Response
from certifier_sandbox import TEMPLATE_ID, Sandbox
from support import documented_errors

ERROR = {"error": {"code": "not_found", "message": "m", "seats": 2}, "trace": "t"}
Call = Callable[..., Any]


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest, certifier_sandbox: Sandbox) -> Call:
    """Update either way; `detailed` says whether the whole response or its content is returned."""

    def update(*, detailed: bool, strict: bool = False, **arguments: Any) -> Any:
        client = AuthenticatedClient(
            base_url=certifier_sandbox.url,
            token=certifier_sandbox.token,
            raise_on_unexpected_status=strict,
        )
        arguments = {"id": TEMPLATE_ID, "body": CredentialTemplateUpdate(), **arguments}
        if request.param == "sync":
            function: Any = operation.sync_detailed if detailed else operation.sync
            with client:
                return function(client=client, **arguments)

        async def wait() -> Any:
            function = operation.asyncio_detailed if detailed else operation.asyncio
            async with client:
                return await function(client=client, **arguments)

        return asyncio.run(wait())

    return update


def test_an_update_is_sent_and_its_response_returned(
    call: Call, certifier_sandbox: Sandbox
) -> None:
    """Id, body and version reach the service; the template or the whole response is returned."""
    body = CredentialTemplateUpdate(name="Märkte", design_ids=["a"], learning_event_url="https://a")
    body["seats"] = 2
    response = call(detailed=True, body=body)
    assert isinstance(response, Response)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert isinstance(response.parsed, CredentialTemplate)
    assert response.parsed.name == "Märkte"
    assert b'"designIds":["a"]' in response.content
    template = call(detailed=False, body=CredentialTemplateUpdate(name="Again"))
    assert isinstance(template, CredentialTemplate)
    assert (template.name, template.learning_event_url) == ("Again", "https://a")
    requests = certifier_sandbox.requests
    assert [dict(request.headers)["certifier-version"] for request in requests] == [
        "2022-10-26"
    ] * 2
    assert requests[0].body == (
        '{"seats":2,"name":"Märkte","designIds":["a"],"learningEventUrl":"https://a"}'
    )


def test_the_request_is_what_httpx_takes() -> None:
    """It has method, path with the id as one segment, documented headers, and body."""
    body = CredentialTemplateUpdate(name="b")
    assert operation._get_kwargs("a/b", body=body, certifier_version="1") == {
        "method": "patch",
        "url": "/v1/groups/a%2Fb",
        "json": {"name": "b"},
        "headers": {"Certifier-Version": "1", "Content-Type": "application/json"},
    }


@pytest.mark.parametrize("detailed", [True, False])
def test_the_passed_id_and_version_are_sent(call: Call, *, detailed: bool) -> None:
    """Another id reaches another template; another version is rejected."""
    responses = (
        call(detailed=detailed, id="unknown"),
        call(detailed=detailed, certifier_version="2021-01-01"),
    )
    errors = [response.parsed if detailed else response for response in responses]
    assert [error.error.code for error in errors] == ["not_found", "invalid_version"]


@pytest.mark.parametrize("status", [error.status for error in documented_errors()])
def test_a_documented_error_is_returned(
    call: Call, certifier_sandbox: Sandbox, status: int
) -> None:
    """The model keeps fields that the document does not know."""
    certifier_sandbox.inject(status=status, json=ERROR)
    response = call(detailed=True)
    assert response.status_code == status
    assert isinstance(response.parsed, ErrorResponse)
    assert response.parsed.to_dict() == ERROR
    assert (response.parsed.error.code, response.parsed.error.message) == ("not_found", "m")
    assert response.parsed.error["seats"] == 2
    assert response.parsed["trace"] == "t"


def test_an_undocumented_status_is_none_or_raised(call: Call, certifier_sandbox: Sandbox) -> None:
    """An option of the generated client decides."""
    certifier_sandbox.inject(status=418, text="teapot")
    assert call(detailed=True).parsed is None
    certifier_sandbox.inject(status=418, text="teapot")
    with pytest.raises(UnexpectedStatus, match="418") as raised:
        call(detailed=True, strict=True)
    assert (raised.value.status_code, raised.value.content) == (418, b"teapot")
