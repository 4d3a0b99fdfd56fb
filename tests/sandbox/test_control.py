"""The control API: each route, and the response to a bad request."""

import re
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
    """Control requests need no token and no version, know no rate limit and leave no trace."""
    api.headers.clear()
    api.put("/_sandbox/rate-limit", json={"requests": 1})
    assert [api.get("/_sandbox/state").status_code for _ in range(3)] == [200, 200, 200]
    assert api.get("/_sandbox/requests").json() == {"requests": []}


def test_the_state_holds_all_but_tokens(api: httpx.Client) -> None:
    """The dump has organizations, templates, limit, clock and injections, and no token."""
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


def test_the_seeded_template_is_that_of_the_documentation(api: httpx.Client) -> None:
    """The first template has the eight fields of the page's example."""
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


def test_tokens_and_ids_have_the_shape_that_was_seen(api: httpx.Client) -> None:
    """Tokens are `cfp_` and 36 letters and digits, ids lower-case ULIDs."""
    tokens = [value for name, value in vars(certifier_sandbox).items() if name.endswith("_TOKEN")]
    assert len(tokens) == len(set(tokens)) == 3
    assert all(re.fullmatch("cfp_[0-9A-Za-z]{36}", token) for token in tokens)
    ids = [template["id"] for template in api.get("/_sandbox/state").json()["templates"]]
    assert len(ids) == 3
    assert all(re.fullmatch("[0-7][0-9a-hjkmnp-tv-z]{25}", id_) for id_ in ids)


def test_reset_goes_back_to_the_start(api: httpx.Client) -> None:
    """Reset brings back templates, log, injections, limit and clock."""
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


def test_seeding_makes_an_id_and_fills_in_the_example(api: httpx.Client) -> None:
    """A seeded template has a new ULID, the clock's time, and else the example's fields."""
    api.put("/_sandbox/clock", json={"now": NOW})
    example = api.get("/_sandbox/state").json()["templates"][0]
    template = api.post("/_sandbox/templates", json={"organization": "second"}).json()
    assert re.fullmatch("[0-7][0-9a-hjkmnp-tv-z]{25}", template["id"])
    made = {"organization": "second", "id": template["id"], "createdAt": NOW, "updatedAt": NOW}
    assert template == {**example, **made}
    assert template in api.get("/_sandbox/state").json()["templates"]


def test_seeding_takes_every_field_and_replaces(api: httpx.Client) -> None:
    """A template with a known id is replaced whole, and moves to another organization."""
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
def test_seeded_designs_follow_from_what_is_given(
    api: httpx.Client, given: dict[str, Any], expected: tuple[object, ...]
) -> None:
    """A list brings no legacy ids; legacy ids bring their list."""
    template = api.post("/_sandbox/templates", json={"organization": "premium", **given}).json()
    fields = ("designIds", "certificateDesignId", "badgeDesignId")
    assert tuple(template[field] for field in fields) == expected


def test_seeded_times_are_written_in_utc(api: httpx.Client) -> None:
    """A template that was created at a time was, unless that is given, last updated then."""
    given = {"organization": "premium", "createdAt": "2020-01-01T01:00:00+01:00"}
    template = api.post("/_sandbox/templates", json=given).json()
    assert template["createdAt"] == template["updatedAt"] == "2020-01-01T00:00:00.000Z"


def test_an_id_is_made_at_any_time(api: httpx.Client) -> None:
    """A time before 1970, which no ULID can express, still gives an id of the right shape."""
    api.put("/_sandbox/clock", json={"now": "1960-01-01T00:00:00Z"})
    template = api.post("/_sandbox/templates", json={"organization": "premium"}).json()
    assert re.fullmatch("0{10}[0-9a-hjkmnp-tv-z]{16}", template["id"])


def test_the_clock_stops_moves_and_runs_again(api: httpx.Client) -> None:
    """The clock stands where it is set, moves by seconds, and goes back to real time."""
    assert api.put("/_sandbox/clock", json={"now": "2026-01-01T01:00:00+01:00"}).json() == {
        "now": "2026-01-01T00:00:00.000Z"
    }
    response = api.post("/_sandbox/clock/advance", json={"seconds": 90.5})
    assert response.json() == {"now": "2026-01-01T00:01:30.500Z"}
    assert api.patch(PATH, json={"name": "N"}).json()["updatedAt"] == "2026-01-01T00:01:30.500Z"
    assert api.delete("/_sandbox/clock").json()["now"] > "2026-01-01T00:01:30.500Z"


BAD = [
    ("POST", "/reset", "{", "Expecting property name"),
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
    """A bad request is a 400 that names the fault and what was expected, and changes nothing."""
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
    """The response to a wrong path or method lists the right ones."""
    response = api.get("/_sandbox/nothing")
    assert response.status_code == 404
    assert "/_sandbox/clock/advance" in response.json()["error"]["message"]
    response = api.get("/_sandbox/rate-limit")
    assert (response.status_code, response.headers["allow"]) == (405, "PUT, DELETE")
    assert "PUT, DELETE" in response.json()["error"]["message"]


def test_the_readme_shows_every_route_token_and_id() -> None:
    """The README has a curl for each control route, and all well-known constants."""
    for path, methods in ROUTES.items():
        for method in methods:
            option = "" if method == "GET" else f"-X {method} "
            assert re.search(rf"curl {option}\$S{path}[` ]", README), (method, path)
    for name in certifier_sandbox.__all__:
        if name.endswith(("_TOKEN", "_ID")):
            assert getattr(certifier_sandbox, name) in README


def test_an_id_made_here_is_a_ulid_of_the_sandboxs_clock(api: httpx.Client) -> None:
    """Its first 48 bits are the milliseconds since 1970, the other 80 differ each time."""
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
    """Organizations, rate limit, injections and clock; a test elsewhere reads the templates."""
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
