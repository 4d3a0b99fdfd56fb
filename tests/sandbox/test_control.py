"""The control API: each route, and the response to a bad request."""

import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

import certifier_sandbox
from certifier_sandbox import FREE_TEMPLATE_ID, TEMPLATE_ID
from certifier_sandbox.control import ROUTES

PATH = f"/v1/groups/{TEMPLATE_ID}"
NOW = "2026-05-04T03:02:01.007Z"
README = Path(certifier_sandbox.__file__).with_name("README.md").read_text(encoding="utf-8")


# The digits of a ULID, and those of int(…, 32) in the same order.
CROCKFORD = dict(
    zip("0123456789abcdefghjkmnpqrstvwxyz", "0123456789abcdefghijklmnopqrstuv", strict=True)
)


def test_no_token_is_needed_and_nothing_is_logged(api: httpx.Client) -> None:
    """Control requests need no token or version, have no rate limit and are not logged."""
    api.headers.clear()
    api.put("/_sandbox/rate-limit", json={"requests": 1})
    assert [api.get("/_sandbox/state").status_code for _ in range(3)] == [200, 200, 200]
    assert api.get("/_sandbox/requests").json() == {"requests": []}


def test_the_state_has_all_but_tokens(api: httpx.Client) -> None:
    """It has organizations, templates, limit, injections, log version and clock, and no token."""
    api.put("/_sandbox/clock", json={"now": NOW})
    response = api.get("/_sandbox/state")
    state = response.json()
    assert [*state] == [
        "organizations",
        "templates",
        "rateLimit",
        "injections",
        "logVersion",
        "now",
    ]
    assert [o["name"] for o in state["organizations"]] == ["premium", "free", "second"]
    assert state["templates"][0]["id"] == TEMPLATE_ID
    assert (state["rateLimit"], state["injections"], state["now"]) == (None, [], NOW)
    assert "cfp_" not in response.text


def test_the_first_template_is_that_of_the_documentation(api: httpx.Client) -> None:
    """It has the eight fields of the documentation's example."""
    assert api.get("/_sandbox/state").json()["templates"][0] == {
        "organization": "premium",
        "id": "01g90279gp5sbmfek7wymcsvec",
        "name": "Financial Markets",
        "learningEventUrl": "https://www.coursera.org/learn/financial-markets-global",
        "designIds": ["01fpwtztwf7sacca5r0c483mnm", "01hz2ej4yzdcfkq9fa78nhyj0x"],
        "certificateDesignId": "01fpwtztwf7sacca5r0c483mnm",
        "badgeDesignId": "01hz2ej4yzdcfkq9fa78nhyj0x",
        "createdAt": "2022-01-01T00:00:00.000Z",
        "updatedAt": "2022-01-01T00:00:00.000Z",
    }


def test_tokens_and_ids_look_like_those_of_the_service(api: httpx.Client) -> None:
    """Tokens are `cfp_` and 36 letters and digits, ids lower-case ULIDs."""
    tokens = [value for name, value in vars(certifier_sandbox).items() if name.endswith("_TOKEN")]
    assert len(tokens) == len(set(tokens)) == 3
    assert all(re.fullmatch("cfp_[0-9A-Za-z]{36}", token) for token in tokens)
    ids = [template["id"] for template in api.get("/_sandbox/state").json()["templates"]]
    assert len(ids) == 3
    assert all(re.fullmatch("[0-7][0-9a-hjkmnp-tv-z]{25}", id_) for id_ in ids)


def test_reset_restores_the_initial_state(api: httpx.Client) -> None:
    """Templates, log, injections, limit and clock are as in a new sandbox."""
    before = api.get("/_sandbox/state").json()
    api.patch(PATH, json={"name": "New"})
    api.post("/_sandbox/templates", json={"organization": "free"})
    api.post("/_sandbox/injections", json={"status": 500})
    api.put("/_sandbox/rate-limit", json={"requests": 1})
    api.put("/_sandbox/clock", json={"now": "2000-01-01T00:00:00Z"})
    assert api.post("/_sandbox/reset").status_code == 204
    after = api.get("/_sandbox/state").json()
    for grown in ("now", "logVersion"):
        assert after.pop(grown) >= before.pop(grown)
    assert after == before
    assert api.get("/_sandbox/requests").json() == {"requests": []}


def test_a_new_template_has_an_id_and_the_fields_of_the_example(api: httpx.Client) -> None:
    """Its id is a new ULID, its times are those of the clock."""
    api.put("/_sandbox/clock", json={"now": NOW})
    example = api.get("/_sandbox/state").json()["templates"][0]
    template = api.post("/_sandbox/templates", json={"organization": "second"}).json()
    assert re.fullmatch("[0-7][0-9a-hjkmnp-tv-z]{25}", template["id"])
    made = {"organization": "second", "id": template["id"], "createdAt": NOW, "updatedAt": NOW}
    assert template == {**example, **made}
    assert template in api.get("/_sandbox/state").json()["templates"]


def test_a_template_can_be_replaced(api: httpx.Client) -> None:
    """All of its fields change, and it may move to another organization."""
    template: dict[str, Any] = {
        "organization": "premium",
        "id": FREE_TEMPLATE_ID,
        "name": "Spring",
        "learningEventUrl": None,
        "designIds": [],
        "certificateDesignId": None,
        "badgeDesignId": "b",
        "createdAt": "2020-01-01T00:00:00.000Z",
        "updatedAt": "2020-01-02T00:00:00.000Z",
    }
    assert api.post("/_sandbox/templates", json=template).json() == template
    response = api.patch(f"/v1/groups/{FREE_TEMPLATE_ID}", json={})
    assert (response.status_code, response.json()["learningEventUrl"]) == (200, None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"designIds": ["x", "y"]}, (["x", "y"], None, None)),
        ({"badgeDesignId": "b"}, (["b"], None, "b")),
        ({"certificateDesignId": "c", "badgeDesignId": "b"}, (["c", "b"], "c", "b")),
    ],
    ids=["list", "badge", "both"],
)
def test_missing_design_fields_follow_from_those_that_are_given(
    api: httpx.Client, given: dict[str, Any], expected: tuple[object, ...]
) -> None:
    """Given a list, there are no legacy ids; given legacy ids, the list has these."""
    template = api.post("/_sandbox/templates", json={"organization": "premium", **given}).json()
    fields = ("designIds", "certificateDesignId", "badgeDesignId")
    assert tuple(template[field] for field in fields) == expected


def test_the_times_of_a_new_template_are_in_utc(api: httpx.Client) -> None:
    """Without `updatedAt`, a template was last updated when it was created."""
    given = {"organization": "premium", "createdAt": "2020-01-01T01:00:00+01:00"}
    template = api.post("/_sandbox/templates", json=given).json()
    assert template["createdAt"] == template["updatedAt"] == "2020-01-01T00:00:00.000Z"


def test_a_clock_before_1970(api: httpx.Client) -> None:
    """A ULID cannot express that time, but the id still has the right shape."""
    api.put("/_sandbox/clock", json={"now": "1960-01-01T00:00:00Z"})
    template = api.post("/_sandbox/templates", json={"organization": "premium"}).json()
    assert re.fullmatch("0{10}[0-9a-hjkmnp-tv-z]{16}", template["id"])


def test_the_clock_stops_moves_and_runs_again(api: httpx.Client) -> None:
    """It stops where it is set, advances by seconds, and returns to real time."""
    assert api.put("/_sandbox/clock", json={"now": "2026-01-01T01:00:00+01:00"}).json() == {
        "now": "2026-01-01T00:00:00.000Z"
    }
    response = api.post("/_sandbox/clock/advance", json={"seconds": 90.5})
    assert response.json() == {"now": "2026-01-01T00:01:30.500Z"}
    assert api.patch(PATH, json={"name": "N"}).json()["updatedAt"] == "2026-01-01T00:01:30.500Z"
    assert api.delete("/_sandbox/clock").json()["now"] > "2026-01-01T00:01:30.500Z"


BAD = [
    ("POST", "/reset", "{", "Expecting property name"),
    ("POST", "/reset", "[" * 102, "the body is nested more than 100 levels deep. Expected: "),
    ("POST", "/reset", " " * (2**20 + 1), "the body is larger than 1 MiB. Expected: "),
    ("POST", "/reset", '{"all": true}', "'all' was unexpected). Expected: no body"),
    ("POST", "/templates", "", '"organization" is a required property'),
    ("POST", "/templates", '{"organization": "x"}', "organization: "),
    ("POST", "/templates", '{"organization": "free", "id": "a/b"}', "id: "),
    ("POST", "/templates", '{"organization": "free", "id": ""}', "id: "),
    ("POST", "/templates", '{"organization": "free", "design_ids": []}', "design_ids"),
    ("POST", "/templates", '{"organization": "free", "createdAt": "now"}', "createdAt: "),
    ("POST", "/templates", '{"organization": "free", "name": "\\ud800"}', "UTF-8"),
    ("POST", "/injections", "{}", "Expected: status"),
    ("POST", "/injections", '{"status": 503, "drop": true}', "Expected: status"),
    ("POST", "/injections", '{"drop": false}', "drop: "),
    ("POST", "/injections", '{"times": 2}', "Expected: status"),
    ("POST", "/injections", '{"error": "no_such_code"}', "error: "),
    ("POST", "/injections", '{"error": "not_found", "status": 404}', "Expected: status"),
    ("POST", "/injections", '{"error": "not_found", "json": {}}', "Expected: status"),
    ("POST", "/injections", '{"error": "not_found", "drop": true}', "Expected: status"),
    ("POST", "/injections", '{"delay": 1, "text": "x"}', "Expected: status"),
    ("POST", "/injections", '{"delay": 1, "headers": {}}', "Expected: status"),
    ("POST", "/injections", '{"drop": true, "text": "x"}', "Expected: status"),
    ("POST", "/injections", '{"status": 100}', "status: 100"),
    ("POST", "/injections", '{"status": 600}', "status: 600"),
    ("POST", "/injections", '{"status": 200, "json": 1, "text": "x"}', "Expected: status"),
    ("POST", "/injections", '{"status": 204, "json": null}', "204 has no body"),
    ("POST", "/injections", '{"status": 304, "text": ""}', "304 has no body"),
    ("POST", "/clock/advance", '{"seconds": NaN}', "NaN is not valid JSON. Expected: "),
    ("POST", "/clock/advance", '{"seconds": 1e999}', "a number is out of range. Expected: "),
    ("POST", "/injections", '{"status": 200, "headers": {"a b": "c"}}', "headers"),
    ("POST", "/injections", '{"status": 200, "headers": {"a": "b\\r\\nc"}}', "headers.a: "),
    ("POST", "/injections", '{"status": 200, "headers": {"a": " b"}}', "headers.a: "),
    ("POST", "/injections", '{"status": 200, "headers": {"a": "\\u0100"}}', "headers.a: "),
    ("POST", "/injections", '{"status": 200, "headers": {"Content-length": "9"}}', "content-le"),
    ("POST", "/injections", '{"status": 200, "delay": -1}', "delay: -1"),
    ("POST", "/injections", '{"status": 200, "times": 0}', "times: 0"),
    ("PUT", "/rate-limit", "{}", "Expected: requests"),
    ("PUT", "/rate-limit", '{"requests": 0}', "requests: 0"),
    ("PUT", "/rate-limit", '{"requests": 1, "seconds": 0}', "seconds: 0"),
    ("PUT", "/clock", '{"now": "2026-01-01T00:00:00"}', "now: "),
    ("PUT", "/clock", '{"now": "0001-01-01T00:00:00+23:00"}', "Expected: now"),
    ("PUT", "/clock", '{"now": "2026-12-31T23:59:60Z"}', "Expected: now"),
    ("POST", "/clock/advance", '{"seconds": 1e300}', "Expected: seconds"),
    ("POST", "/clock/advance", '{"seconds": "1"}', "seconds: "),
    ("POST", "/clock/advance", "[]", "body: [] is not of type"),
]


@pytest.mark.parametrize(("method", "path", "body", "expected"), BAD)
def test_the_response_to_a_bad_control_request_says_what_is_wrong(
    api: httpx.Client, method: str, path: str, body: str, expected: str
) -> None:
    """It is a 400 that says what is wrong and what was expected; nothing changes."""
    api.put("/_sandbox/clock", json={"now": NOW})
    before = api.get("/_sandbox/state").json()
    response = api.request(method, f"/_sandbox{path}", content=body)
    assert response.status_code == 400
    error = response.json()["error"]
    assert error.keys() == {"code", "message"}
    message = f"{error['code']}: {error['message']}"
    assert message.startswith("bad_request: ")
    assert expected in message
    assert "Expected: " in message
    assert api.get("/_sandbox/state").json() == before


def test_unknown_control_paths_and_methods(api: httpx.Client) -> None:
    """The response to a wrong path or method lists the valid ones."""
    response = api.get("/_sandbox/nothing")
    assert response.status_code == 404
    assert "/_sandbox/clock/advance" in response.json()["error"]["message"]
    response = api.get("/_sandbox/rate-limit")
    assert (response.status_code, response.headers["allow"]) == (405, "PUT, DELETE")
    assert "PUT, DELETE" in response.json()["error"]["message"]


def test_the_readme_shows_every_route_token_and_id() -> None:
    """It has a curl for each route, and all constants."""
    for path, methods in ROUTES.items():
        for method in methods:
            option = "" if method == "GET" else f"-X {method} "
            assert re.search(rf"curl {option}\$S{path}[` ]", README), (method, path)
    for name in certifier_sandbox.__all__:
        if name.endswith(("_TOKEN", "_ID")):
            assert getattr(certifier_sandbox, name) in README


def test_a_new_id_is_a_ulid_of_the_sandboxs_clock(api: httpx.Client) -> None:
    """Its first 48 bits are the milliseconds since 1970; the other 80 are random."""
    api.put("/_sandbox/clock", json={"now": "2026-01-01T00:00:00.000Z"})
    made = [
        api.post("/_sandbox/templates", json={"organization": "premium"}).json()["id"]
        for _ in range(20)
    ]
    numbers = {int("".join(CROCKFORD[digit] for digit in ulid), 32) for ulid in made}
    assert {len(ulid) for ulid in made} == {26}
    assert {number >> 80 for number in numbers} == {1_767_225_600_000}
    assert len(numbers) == 20


def test_the_whole_state_is_returned(api: httpx.Client) -> None:
    """Organizations, rate limit, injections and clock; another test reads the templates."""
    api.put("/_sandbox/clock", json={"now": "2026-01-01T00:00:00.000Z"})
    api.put("/_sandbox/rate-limit", json={"requests": 3, "seconds": 2.5})
    injected = api.post("/_sandbox/injections", json={"status": 500, "times": 2})
    assert injected.json() == {"injections": 2}
    state = api.get("/_sandbox/state").json()
    del state["templates"], state["logVersion"]
    assert state == {
        "organizations": [
            {"name": "premium", "premium": True},
            {"name": "free", "premium": False},
            {"name": "second", "premium": True},
        ],
        "rateLimit": {"requests": 3, "seconds": 2.5},
        "injections": [{"status": 500}] * 2,
        "now": "2026-01-01T00:00:00.000Z",
    }


def test_times_are_in_utc_wherever_the_sandbox_runs(
    api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock, and the times of a template."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    given = {"organization": "free", "id": "a", "createdAt": NOW}
    try:
        assert api.put("/_sandbox/clock", json={"now": NOW}).json() == {"now": NOW}
        assert api.post("/_sandbox/templates", json=given).json()["createdAt"] == NOW
    finally:
        monkeypatch.undo()
        time.tzset()
