"""What the model of tests/contract leaves open: texts of errors, limits and headers.

What a request changes, and which error rejects it, is compared there, in process and over a socket.
"""

import re

import httpx
import pytest

from certifier_sandbox import FREE_TOKEN, TEMPLATE_ID
from support import documented_errors

PATH = f"/v1/groups/{TEMPLATE_ID}"
JSON = {"Content-Type": "application/json"}
DOCUMENTED = {code: (status, message) for status, code, message in documented_errors()}


def code(response: httpx.Response) -> str:
    """Return the error's code, after checking that the response has the documented shape."""
    body = response.json()
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"code", "message"}
    name: str = body["error"]["code"]
    if name in DOCUMENTED:
        assert (response.status_code, body["error"]["message"]) == DOCUMENTED[name]
    return name


def message(response: httpx.Response) -> str:
    """Return the error's message."""
    text: str = response.json()["error"]["message"]
    return text


def test_the_headers_of_a_response(api: httpx.Client) -> None:
    """It has the documented media type, its length and the date of the clock."""
    api.put("/_sandbox/clock", json={"now": "2026-05-04T03:02:01.007Z"}).raise_for_status()
    response = api.patch(PATH, json={"name": "Fünf"})
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-length"] == str(len(response.content))
    assert response.headers["date"] == "Mon, 04 May 2026 03:02:01 GMT"


def test_times_are_utc_with_milliseconds(api: httpx.Client) -> None:
    """In real time too, a time has milliseconds and a Z."""
    updated_at = api.patch(PATH, json={"name": "New"}).json()["updatedAt"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", updated_at)


@pytest.mark.parametrize("content_type", [None, "", "text/json", "application/json; charset=\xe9"])
def test_other_content_types(api: httpx.Client, content_type: str | None) -> None:
    """The message names the header."""
    headers = [] if content_type is None else [(b"Content-Type", content_type.encode("latin-1"))]
    response = api.patch(PATH, content=b"{}", headers=headers)
    assert code(response) == "invalid_json"
    assert "Content-Type" in message(response)


@pytest.mark.parametrize(
    "body",
    [
        b'{"x": 1e999}',
        b'{"x": ' + b"9" * 5000 + b"}",
        b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"name": ' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"name": "' + b"x" * 1024 * 1024 + b'"}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_json_that_cannot_be_stored(api: httpx.Client, body: bytes) -> None:
    """It is invalid_json, and changes nothing."""
    response = api.patch(PATH, content=body, headers=JSON)
    assert (response.status_code, code(response)) == (400, "invalid_json")
    assert api.patch(PATH, json={}).json()["updatedAt"] == "2022-01-01T00:00:00.000Z"


def test_a_body_of_one_mebibyte_is_accepted(api: httpx.Client) -> None:
    """The limit is 1 MiB to the byte."""
    body = b'{"x": "' + b"x" * (1024 * 1024 - 9) + b'"}'
    assert len(body) == 1024 * 1024
    assert api.patch(PATH, content=body, headers=JSON).status_code == 200


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("[]", 'body: [] is not of type "object"'),
        ("null", 'body: null is not of type "object"'),
        ('"x"', 'body: "x" is not of type "object"'),
        ('{"name": null}', 'name: null is not of type "string"'),
        ('{"name": 5}', 'name: 5 is not of type "string"'),
        ('{"designIds": "x"}', 'designIds: "x" is not of type "array"'),
        ('{"designIds": null}', 'designIds: null is not of type "array"'),
        ('{"designIds": []}', "designIds: [] has less than 1 item"),
        ('{"designIds": ["a", 5]}', 'designIds[1]: 5 is not of type "string"'),
        ('{"designIds": [null]}', 'designIds[0]: null is not of type "string"'),
        ('{"learningEventUrl": null}', 'learningEventUrl: null is not of type "string"'),
        ('{"learningEventUrl": "a b"}', 'learningEventUrl: "a b" is not a "uri"'),
        ('{"learningEventUrl": "/relative"}', 'learningEventUrl: "/relative" is not a "uri"'),
        ('{"learningEventUrl": ""}', 'learningEventUrl: "" is not a "uri"'),
        ('{"certificateDesignId": null}', 'certificateDesignId: null is not of type "string"'),
        ('{"badgeDesignId": ["x"]}', 'badgeDesignId: ["x"] is not of type "string"'),
        ('{"designIds": ["a"], "certificateDesignId": "c"}', "designIds: must not be sent"),
        ('{"designIds": ["a"], "badgeDesignId": "b"}', "designIds: must not be sent"),
    ],
)
def test_bodies_that_violate_the_schema(api: httpx.Client, body: str, expected: str) -> None:
    """They are validation_error with the path of the mistake, and nothing is applied."""
    if body.endswith("}"):
        body = f'{{"name": "Changed", {body[1:]}' if "name" not in body else body
    response = api.patch(PATH, content=body, headers=JSON)
    assert (response.status_code, code(response)) == (400, "validation_error")
    assert expected in message(response)
    assert api.patch(PATH, json={}).json()["name"] == "Financial Markets"


def test_a_long_value_is_cut_in_the_message(api: httpx.Client) -> None:
    """The message does not repeat all of a long body."""
    response = api.patch(PATH, json={"designIds": "x" * 10_000})
    assert len(message(response)) < 400


def test_the_order_of_checks(api: httpx.Client) -> None:
    """A request that fails every check gets the errors in the documented order."""
    api.post("/_sandbox/clock/advance", json={"seconds": 0})  # which stops it
    api.put("/_sandbox/rate-limit", json={"requests": 1})
    headers = {"Authorization": f"Bearer {FREE_TOKEN}"}
    for name in list(api.headers):
        del api.headers[name]

    def found(path: str, body: str) -> str:
        return code(api.patch(path, content=body, headers=headers))

    authorization = headers.pop("Authorization")
    assert found("/v1/groups/x", "{") == "unauthorized"
    headers["Authorization"] = authorization
    assert found("/v1/groups/x", "{") == "missing_version"
    assert found("/v1/groups/x", "{") == "rate_limited"
    api.delete("/_sandbox/rate-limit")
    headers["Certifier-Version"] = "1"
    assert found("/v1/groups/x", "{") == "invalid_version"
    headers["Certifier-Version"] = "2022-10-26"
    assert found("/v1/groups/x", "{}") == "invalid_json"
    headers |= JSON
    assert found("/v1/groups/x", "{") == "invalid_json"
    assert found("/v1/groups/x", '{"designIds": []}') == "validation_error"
    assert found("/v1/groups/x", '{"designIds": ["x"]}') == "not_found"
    assert found(PATH, '{"designIds": ["x"]}') == "not_found"
