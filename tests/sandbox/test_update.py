"""What an update changes, and its response."""

import re
from typing import Any

import httpx
import pytest

from certifier_sandbox import (
    FREE_TEMPLATE_ID,
    FREE_TOKEN,
    SECOND_TEMPLATE_ID,
    SECOND_TOKEN,
    TEMPLATE_ID,
)
from support import documented_errors

PATH = f"/v1/groups/{TEMPLATE_ID}"
NOW = "2026-05-04T03:02:01.007Z"
URL = "https://www.coursera.org/learn/financial-markets-global"
DESIGNS = ["01fpwtztwf7sacca5r0c483mnm", "01hz2ej4yzdcfkq9fa78nhyj0x"]
SEEDED = {
    "id": "01g90279gp5sbmfek7wymcsvec",
    "name": "Financial Markets",
    "learningEventUrl": URL,
    "designIds": DESIGNS,
    "createdAt": "2022-01-01T00:00:00.000Z",
    "updatedAt": "2022-01-01T00:00:00.000Z",
}


@pytest.fixture(autouse=True)
def clock(api: httpx.Client) -> None:
    """Stop the clock, so that responses can be compared."""
    api.put("/_sandbox/clock", json={"now": NOW}).raise_for_status()


def documented(status: int) -> dict[str, str]:
    """Return the only error in openapi.yaml with a status."""
    (error,) = [error for error in documented_errors() if error.status == status]
    return {"code": error.code, "message": error.message}


def templates(api: httpx.Client) -> dict[str, dict[str, Any]]:
    """Return every template by its id."""
    state = api.get("/_sandbox/state").json()
    return {template["id"]: template for template in state["templates"]}


def test_an_empty_object_changes_nothing(api: httpx.Client) -> None:
    """The response to `{}` has the six documented fields, unchanged, `updatedAt` included."""
    response = api.patch(PATH, json={})
    assert response.status_code == 200
    assert response.json() == SEEDED


def test_the_headers_of_a_response(api: httpx.Client) -> None:
    """It has the documented media type, its length and the date of the clock."""
    response = api.patch(PATH, json={"name": "Fünf"})
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-length"] == str(len(response.content))
    assert response.headers["date"] == "Mon, 04 May 2026 03:02:01 GMT"


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "New"},
        {"name": "\u0000 🎓 é"},
        {"name": "x" * 100_000},
        {"designIds": ["b", "a"]},
        {"designIds": ["same", "same"]},
        {"designIds": [f"d{n}" for n in range(50)]},
        {"learningEventUrl": "https://example.com/a?b=c#d"},
        {"name": "New", "designIds": ["x"], "learningEventUrl": "urn:isbn:1"},
    ],
    ids=lambda sent: str(sent)[:40].encode("ascii", "replace").decode(),
)
def test_only_the_fields_that_are_sent_change(api: httpx.Client, sent: dict[str, Any]) -> None:
    """Each is stored as sent, and a later request sees the same."""
    response = api.patch(PATH, json=sent)
    assert response.status_code == 200
    assert response.json() == {**SEEDED, **sent, "updatedAt": NOW}
    assert api.patch(PATH, json={}).json() == response.json()


def test_other_templates_do_not_change(api: httpx.Client) -> None:
    """An update changes only its template."""
    before = templates(api)
    api.patch(PATH, json={"name": "New", "designIds": ["x"]})
    after = templates(api)
    assert after.pop(TEMPLATE_ID) != before.pop(TEMPLATE_ID)
    assert after == before


def test_unknown_fields_are_ignored(api: httpx.Client) -> None:
    """A request with only unknown fields is like one without fields."""
    sent = {"design_ids": ["x"], "id": "y", "updatedAt": None, "deep": {"name": [1e300]}}
    assert api.patch(PATH, json=sent).json() == SEEDED
    assert api.patch(PATH, json={**sent, "name": "New"}).json()["name"] == "New"


def test_the_last_of_duplicate_keys_wins(api: httpx.Client) -> None:
    """Of two values for a key, the last is set."""
    response = api.patch(
        PATH, content='{"name": 1, "name": "Two"}', headers={"Content-Type": "application/json"}
    )
    assert response.json()["name"] == "Two"


def test_setting_the_same_value_is_an_update(api: httpx.Client) -> None:
    """A known field changes `updatedAt`, whatever its value."""
    assert api.patch(PATH, json={"name": SEEDED["name"]}).json()["updatedAt"] == NOW


def test_updated_at_never_goes_back(api: httpx.Client) -> None:
    """It stays the same when the clock is set back."""
    api.patch(PATH, json={"name": "New"})
    api.post("/_sandbox/clock/advance", json={"seconds": -1000})
    assert api.patch(PATH, json={"name": "Newer"}).json()["updatedAt"] == NOW


def test_times_are_utc_with_milliseconds(api: httpx.Client) -> None:
    """In real time too, a time has milliseconds and a Z."""
    api.delete("/_sandbox/clock")
    updated_at = api.patch(PATH, json={"name": "New"}).json()["updatedAt"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", updated_at)


def test_a_legacy_request_sets_one_design_and_the_response_has_both(api: httpx.Client) -> None:
    """The other design stays, and the response has both legacy ids next to the list."""
    response = api.patch(PATH, json={"certificateDesignId": "c"}).json()
    legacy = {"certificateDesignId": "c", "badgeDesignId": DESIGNS[1]}
    assert response == {**SEEDED, **legacy, "designIds": ["c", DESIGNS[1]], "updatedAt": NOW}
    response = api.patch(PATH, json={"badgeDesignId": "b"}).json()
    assert (response["certificateDesignId"], response["badgeDesignId"]) == ("c", "b")
    assert response["designIds"] == ["c", "b"]
    assert api.patch(PATH, json={}).json() == {**SEEDED, "designIds": ["c", "b"], "updatedAt": NOW}


def test_a_list_of_designs_clears_the_legacy_ids(api: httpx.Client) -> None:
    """After `designIds`, nothing says which is the certificate: both are null."""
    api.patch(PATH, json={"designIds": ["x", "y"]})
    response = api.patch(PATH, json={"badgeDesignId": "b"}).json()
    assert response["certificateDesignId"] is None
    assert response["badgeDesignId"] == "b"
    assert response["designIds"] == ["b"]


@pytest.mark.parametrize(
    "designs",
    [{"designIds": ["x"]}, {"certificateDesignId": "x"}, {"badgeDesignId": "x"}],
    ids=lambda designs: next(iter(designs)),
)
def test_designs_are_for_premium_organizations(
    api: httpx.Client, designs: dict[str, object]
) -> None:
    """The free organization gets 402 for designs in either shape, and nothing changes."""
    before = templates(api)
    api.headers["Authorization"] = f"Bearer {FREE_TOKEN}"
    response = api.patch(f"/v1/groups/{FREE_TEMPLATE_ID}", json={"name": "New", **designs})
    assert response.status_code == 402
    assert response.json() == {"error": documented(402)}
    assert templates(api) == before


def test_the_free_organization_may_rename(api: httpx.Client) -> None:
    """Everything except designs is free."""
    api.headers["Authorization"] = f"Bearer {FREE_TOKEN}"
    sent = {"name": "New", "learningEventUrl": "https://example.com"}
    assert api.patch(f"/v1/groups/{FREE_TEMPLATE_ID}", json=sent).status_code == 200


def test_the_second_organization_is_premium(api: httpx.Client) -> None:
    """It may change the designs of its own template."""
    api.headers["Authorization"] = f"Bearer {SECOND_TOKEN}"
    response = api.patch(f"/v1/groups/{SECOND_TEMPLATE_ID}", json={"designIds": ["x"]})
    assert response.json()["designIds"] == ["x"]


@pytest.mark.parametrize("token", [FREE_TOKEN, SECOND_TOKEN], ids=["free", "second"])
def test_a_template_of_another_organization_is_unknown(api: httpx.Client, token: str) -> None:
    """It is 404, before plans are checked, and does not change."""
    before = templates(api)
    api.headers["Authorization"] = f"Bearer {token}"
    response = api.patch(PATH, json={"designIds": ["x"]})
    assert response.status_code == 404
    assert response.json() == {"error": documented(404)}
    assert templates(api) == before
