"""The request log, which has all of a request but its token."""

import base64
from typing import Any

import httpx
from starlette.requests import Request

from certifier_sandbox import FREE_TOKEN, PREMIUM_TOKEN, TEMPLATE_ID, create_app
from certifier_sandbox.request_log import raw_path

PATH = f"/v1/groups/{TEMPLATE_ID}"


def logged(api: httpx.Client) -> list[dict[str, Any]]:
    """Return the log."""
    requests: list[dict[str, Any]] = api.get("/_sandbox/requests").json()["requests"]
    return requests


def test_a_request_is_logged_as_it_was_sent(api: httpx.Client) -> None:
    """Time, method, raw path, query, headers, body and status are there."""
    api.put("/_sandbox/clock", json={"now": "2026-01-01T00:00:00Z"})
    api.patch("/v1/groups/a%2Fb?c=%20d", content='{"name": "é"}', headers={"X-Two": "1"})
    (entry,) = logged(api)
    headers, number = entry.pop("headers"), entry.pop("number")
    assert isinstance(number, int)
    assert entry == {
        "time": "2026-01-01T00:00:00.000Z",
        "method": "PATCH",
        "path": "/v1/groups/a%2Fb",
        "query": "c=%20d",
        "body": '{"name": "é"}',
        "status": 400,
        "injected": None,
    }
    assert isinstance(headers, list)
    assert ["x-two", "1"] in headers
    assert ["authorization", "Bearer <premium>"] in headers


def test_every_response_is_logged_in_order(api: httpx.Client) -> None:
    """Rejected requests and unknown paths are logged too, oldest first."""
    api.patch(PATH, json={})
    api.patch(PATH, json={"name": 5})
    api.get("/elsewhere")
    assert [(entry["path"], entry["status"]) for entry in logged(api)] == [
        (PATH, 200),
        (PATH, 400),
        ("/elsewhere", 404),
    ]


def test_each_request_has_a_number(api: httpx.Client) -> None:
    """They count up, also after the log was cleared."""
    api.patch(PATH, json={})
    api.patch(PATH, json={})
    first, second = (entry["number"] for entry in logged(api))
    api.delete("/_sandbox/requests")
    api.patch(PATH, json={})
    (third,) = (entry["number"] for entry in logged(api))
    assert (first, second, third) == (first, first + 1, first + 2)


def test_the_state_has_the_version_of_the_log(api: httpx.Client) -> None:
    """It grows with each change of the log, and only then."""

    def version() -> int:
        number: int = api.get("/_sandbox/state").json()["logVersion"]
        return number

    start = version()
    assert version() == start
    api.post("/_sandbox/injections", json={"delay": 0})
    assert version() == start
    api.patch(PATH, json={})
    with_request = version()
    api.delete("/_sandbox/requests")
    assert with_request == start + 2  # it came, and it has a status
    assert version() > with_request


def test_the_log_can_be_cleared(api: httpx.Client) -> None:
    """DELETE empties the log."""
    api.patch(PATH, json={})
    assert api.delete("/_sandbox/requests").status_code == 204
    assert logged(api) == []


def test_no_token_is_ever_in_the_log(api: httpx.Client) -> None:
    """Wherever a token is in a request, the log has the name of its organization."""
    unknown = "cfp_unknown" + "0" * 29
    basic = base64.b64encode(f"x:{PREMIUM_TOKEN}".encode()).decode()
    for authorization in (f"bearer {FREE_TOKEN}", f"Basic {basic}", unknown, f"Bearer {unknown}"):
        api.headers["Authorization"] = authorization
        api.headers["X-Debug"] = f"token={PREMIUM_TOKEN}"
        api.patch(f"/v1/groups/{FREE_TOKEN}", params={"t": unknown}, json={"name": PREMIUM_TOKEN})
    entries = logged(api)
    assert len(entries) == 4
    assert "cfp_" not in str(entries)
    assert basic not in str(entries)
    first: Any = entries[0]
    assert ["authorization", "Bearer <free>"] in first["headers"]
    assert ["x-debug", "token=<premium>"] in first["headers"]
    assert (first["path"], first["query"]) == ("/v1/groups/<free>", "t=<unknown token>")


def test_a_body_that_is_not_text_is_logged_escaped(api: httpx.Client) -> None:
    """Bytes that are not UTF-8 are shown as escapes."""
    api.patch(PATH, content=b'{"\xff')
    assert logged(api)[0]["body"] == '{"\\xff'


async def test_the_log_keeps_the_latest_thousand() -> None:
    """The log is bounded."""
    transport = httpx.ASGITransport(create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        await client.get("/first")
        for _ in range(1000):
            await client.get("/later")
        log = (await client.get("/_sandbox/requests")).json()["requests"]
    assert {entry["path"] for entry in log} == {"/later"}
    assert len(log) == 1000


def test_a_server_may_leave_out_the_raw_path() -> None:
    """It is optional in ASGI; the path is then quoted again."""
    scope = {"type": "http", "path": "/a b"}
    assert raw_path(Request(scope)) == "/a%20b"
    assert raw_path(Request({**scope, "raw_path": b"/a%20%62"})) == "/a%20%62"
