"""Rejected requests: their documented errors, and the order of the checks."""

import http.client
import json
from urllib.parse import urlsplit

import httpx
import pytest

from certifier_sandbox import FREE_TOKEN, PREMIUM_TOKEN, TEMPLATE_ID, Sandbox
from support import documented_errors

PATH = f"/v1/groups/{TEMPLATE_ID}"
JSON = {"Content-Type": "application/json"}
DOCUMENTED = {code: (status, message) for status, code, message in documented_errors()}


def code(response: httpx.Response) -> str:
    """Return the error's code, after checking that the response has the documented shape."""
    body = response.json()
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"code", "message"}
    assert response.headers["content-type"] == "application/json"
    name: str = body["error"]["code"]
    if name in DOCUMENTED:
        assert (response.status_code, body["error"]["message"]) == DOCUMENTED[name]
    return name


def message(response: httpx.Response) -> str:
    """Return the error's message."""
    text: str = response.json()["error"]["message"]
    return text


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "Bearer",
        PREMIUM_TOKEN,
        f"Basic {PREMIUM_TOKEN}",
        f"Bearer{PREMIUM_TOKEN}",
        f"Bearer {PREMIUM_TOKEN}x",
        f"Bearer {PREMIUM_TOKEN[:-1]}",
        f"Bearer {PREMIUM_TOKEN.upper()}",
        f"Bearer {PREMIUM_TOKEN} {PREMIUM_TOKEN}",
        f"Bearer {PREMIUM_TOKEN}, Bearer {FREE_TOKEN}",
        f'Bearer "{PREMIUM_TOKEN}"',
    ],
)
def test_no_valid_token(api: httpx.Client, value: str | None) -> None:
    """Without exactly one known token as a Bearer token, the response is 401 with a challenge."""
    del api.headers["Authorization"]
    headers = {} if value is None else {"Authorization": value}
    response = api.patch(PATH, json={}, headers=headers, params={"access_token": PREMIUM_TOKEN})
    assert code(response) == "unauthorized"
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_the_scheme_is_case_insensitive(api: httpx.Client, scheme: str) -> None:
    """Bearer may be in any case, followed by more than one space."""
    api.headers["Authorization"] = f"{scheme} {PREMIUM_TOKEN}"
    assert api.patch(PATH, json={}).status_code == 200


def test_two_authorization_headers(api: httpx.Client) -> None:
    """Two tokens are invalid, even if both are known."""
    headers = [*api.headers.multi_items(), ("Authorization", f"Bearer {PREMIUM_TOKEN}")]
    request = httpx.Request("PATCH", api.base_url.join(PATH), headers=headers, json={})
    assert code(api.send(request)) == "unauthorized"


def test_a_missing_version(api: httpx.Client) -> None:
    """Without Certifier-Version the response is 400 missing_version."""
    del api.headers["Certifier-Version"]
    assert code(api.patch(PATH, json={})) == "missing_version"


@pytest.mark.parametrize("version", ["", "2022-10-27", "2022-10-26x", "2022-10-26, 2022-10-26"])
def test_an_invalid_version(api: httpx.Client, version: str) -> None:
    """Any other version than 2022-10-26 is 400 invalid_version."""
    response = api.patch(PATH, json={}, headers={"Certifier-Version": version})
    assert (response.status_code, code(response)) == (400, "invalid_version")


def test_two_versions(api: httpx.Client) -> None:
    """Two version headers are invalid, even if they agree."""
    headers = [*api.headers.multi_items(), ("Certifier-Version", "2022-10-26")]
    request = httpx.Request("PATCH", api.base_url.join(PATH), headers=headers, json={})
    assert code(api.send(request)) == "invalid_version"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; odata=verbose",
    ],
)
def test_json_content_types(api: httpx.Client, content_type: str) -> None:
    """application/json is accepted in any case and with parameters."""
    response = api.patch(PATH, content="{}", headers={"Content-Type": content_type})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/json",
        "text/plain",
        "application/merge-patch+json",
        "application/x-www-form-urlencoded",
        "application/json, application/json",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "application/json; charset=\xe9",
    ],
)
def test_other_content_types(api: httpx.Client, content_type: str | None) -> None:
    """Any other content type, or none, is 400 invalid_json and never 415."""
    headers = [] if content_type is None else [(b"Content-Type", content_type.encode("latin-1"))]
    response = api.patch(PATH, content=b"{}", headers=headers)
    assert (response.status_code, code(response)) == (400, "invalid_json")
    assert "Content-Type" in message(response)


def test_two_content_types(api: httpx.Client) -> None:
    """Two content types are invalid, even if they agree."""
    headers = [(b"Content-Type", b"application/json")] * 2
    assert code(api.patch(PATH, content=b"{}", headers=headers)) == "invalid_json"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{} {}",
        b'{"name": "x",}',
        b"{'name': 'x'}",
        b'{"name": "a\tb"}',
        b"\xef\xbb\xbf{}",
        b'{"name": "\xff"}',
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\\ud800"}',
        b'{"x": NaN}',
        b'{"x": -Infinity}',
        b'{"x": 1e999}',
        b'{"x": ' + b"9" * 5000 + b"}",
        '{"name": "x"}'.encode("utf-16"),
        b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"name": ' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"name": "' + b"x" * 1024 * 1024 + b'"}',
        b"\x1f\x8b\x08\x00",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_invalid_json(api: httpx.Client, body: bytes) -> None:
    """A body that is not JSON by RFC 8259, or cannot be stored, is invalid_json."""
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


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/groups",
        "/v1/groups/",
        "/v1/groups/.",
        "/v1/groups/..",
        "/v1/groups/%2E%2E",
        "/v1/groups/%2F",
        "/v1/groups/%00",
        "/v1/groups/%FF",
        "/v1/groups/%",
        "/v1/groups/%C3%A9",
        "/v1/groups/" + "x" * 10_000,
        PATH + "/",
        PATH + "%20",
        PATH + "%0A",
        PATH + "/x",
        PATH.upper(),
        "/v1/groups/" + TEMPLATE_ID.upper(),
        "//v1/groups/" + TEMPLATE_ID,
        "/v1/groups/" + TEMPLATE_ID[:-1],
    ],
    ids=lambda path: path[:40],
)
def test_unknown_paths(wire: httpx.Client, sandbox: Sandbox, path: str) -> None:
    """Any path except that of a known template is 404 in the documented shape, not a redirect."""
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc)
    connection.request("PATCH", path, body="{}", headers={**wire.headers, **JSON})
    response = connection.getresponse()
    assert response.status == 404
    assert json.loads(response.read())["error"]["code"] == "not_found"
    connection.close()


def test_a_percent_encoded_id_is_the_same_id(api: httpx.Client) -> None:
    """An id is decoded once and then matched, as in RFC 3986."""
    assert api.patch(f"/v1/groups/%30{TEMPLATE_ID[1:]}", json={}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "FOO"])
def test_other_methods(api: httpx.Client, method: str) -> None:
    """Any other method is 405 with Allow, in the shape of all errors."""
    response = api.request(method, PATH)
    assert (response.status_code, response.headers["allow"]) == (405, "PATCH")
    if method != "HEAD":
        assert code(response) == "method_not_allowed"


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
