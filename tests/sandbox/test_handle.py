"""`Sandbox`, which tests in Python use to set up and inspect a sandbox."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from threading import Barrier
from typing import Any

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from certifier_sandbox import FREE_TOKEN, TEMPLATE_ID, Sandbox, in_process
from certifier_sandbox.in_process_transport import InProcessTransport

PATH = f"/v1/groups/{TEMPLATE_ID}"


@pytest.fixture
def handle() -> Iterator[Sandbox]:
    """Provide a new sandbox."""
    with in_process() as sandbox:
        yield sandbox


def update(sandbox: Sandbox, path: str = PATH, **how: Any) -> httpx.Response:
    """Send an update."""
    headers = {
        "Authorization": f"Bearer {how.pop('token', sandbox.token)}",
        "Certifier-Version": "2022-10-26",
    }
    with httpx.Client(base_url=sandbox.url, transport=sandbox.transport) as client:
        return client.patch(path, json=how, headers=headers)


def test_a_template_is_created_as_requested(handle: Sandbox) -> None:
    """Fields have Python names, defaults are those of the example, and ids are new."""
    fields: Any = {
        "name": "Spring",
        "learning_event_url": "https://example.org/spring",
        "design_ids": ["b", "a"],
        "created_at": "2026-01-02T03:04:05.678Z",
        "updated_at": "2026-01-03T03:04:05.678Z",
    }
    spring, plain = handle.seed(**fields), handle.seed()
    assert {name: getattr(spring, name) for name in fields} == fields | {"design_ids": ("b", "a")}
    assert (plain.name, spring.organization) == ("Financial Markets", "premium")
    assert plain.id != spring.id
    assert handle.templates[spring.id] == spring
    shown = update(handle, f"/v1/groups/{spring.id}").json()
    assert shown["learningEventUrl"] == fields["learning_event_url"]


def test_a_template_with_the_same_id_is_replaced(handle: Sandbox) -> None:
    """The new one may belong to another organization, whose token then gives access."""
    replaced = handle.seed(id=TEMPLATE_ID, organization="free", name="New")
    assert handle.templates[TEMPLATE_ID] == replaced
    assert update(handle, token=FREE_TOKEN).json()["name"] == "New"
    assert update(handle).status_code == 404


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"organization": "other"},
            '^organization: "other" is not one of .*Expected: ',
        ),
        ({"created_at": "yesterday"}, "createdAt"),
        ({"name": {1}}, "^Object of type set is not JSON serializable$"),
        (
            {"nmae": "x", "designIds": []},
            "^unknown field designIds, nmae: known fields are id, organization, name",
        ),
    ],
)
def test_a_mistake_in_a_template_is_reported(handle: Sandbox, fields: Any, message: str) -> None:
    """The template is not created."""
    before = handle.templates
    with pytest.raises(ValueError, match=message):
        handle.seed(**fields)
    assert handle.templates == before


def test_a_template_that_another_thread_removes(
    handle: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says why the template is gone."""
    monkeypatch.setattr(handle._state.store, "get", lambda _: None)
    with pytest.raises(
        LookupError, match=r"^the template is gone: another thread has reset the sandbox$"
    ):
        handle.seed()


def test_responses_are_injected_as_they_were_passed(handle: Sandbox) -> None:
    """Later changes to the passed object have no effect, and a body may be large."""
    body = {"error": {"code": "first"}}
    handle.inject(status=404, json=body, times=2)
    handle.inject(status=200, text="é" * 2**20, headers={"X-A": "b"})
    body["error"]["code"] = "second"
    assert [update(handle).json()["error"]["code"] for _ in range(2)] == ["first", "first"]
    large = update(handle)
    assert (large.headers["X-A"], large.text) == ("b", "é" * 2**20)
    assert update(handle).status_code == 200
    assert [request.status for request in handle.requests] == [404, 404, 200, 200]


def test_a_dropped_or_late_response_is_an_error(handle: Sandbox) -> None:
    """In both cases, the log has no status."""
    handle.inject(drop=True)
    with pytest.raises(httpx.ReadError):
        update(handle)
    handle.inject(status=200, delay=5)
    with (
        pytest.raises(httpx.ReadTimeout, match=r"^the sandbox took too long$") as raised,
        httpx.Client(base_url=handle.url, transport=handle.transport, timeout=0.05) as client,
    ):
        client.patch(PATH)
    assert raised.value.request.method == "PATCH"
    assert [request.status for request in handle.requests] == [None, None]


def test_calls_without_a_socket_do_not_wait_for_each_other() -> None:
    """More calls than a pool has threads all run at the same time."""
    calls = 40
    all_came = Barrier(calls, timeout=60)

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        all_came.wait()
        await Response()(scope, receive, send)

    with (
        httpx.Client(transport=InProcessTransport(respond)) as client,
        ThreadPoolExecutor(calls) as pool,
    ):
        responses = pool.map(client.get, ["http://sandbox"] * calls)
        assert [response.status_code for response in responses] == [200] * calls


def nested(depth: int) -> list[Any]:
    """Return nested lists."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({1}, "set is not JSON serializable"),
        (float("nan"), "NaN is not valid JSON"),
        ("\ud800", "not UTF-8 text"),
        (nested(100_000), "maximum recursion depth|Stack overflow"),
    ],
    ids=["set", "NaN", "surrogate", "deep"],
)
def test_only_json_is_injected(handle: Sandbox, value: Any, message: str) -> None:
    """Anything else is rejected, and the next response is the real one."""
    with pytest.raises(ValueError, match=message):
        handle.inject(status=404, json=value)
    assert update(handle).status_code == 200


def test_a_limit_is_set_and_removed(handle: Sandbox) -> None:
    """The limit is in requests per second, or per window of some seconds."""
    handle.clock.advance(0)  # which stops it
    handle.limit(1, seconds=60)
    rejected = [update(handle), update(handle)][1]
    assert (rejected.status_code, rejected.headers["Retry-After"]) == (429, "60")
    handle.limit(None)
    assert update(handle).status_code == 200
    handle.limit(1)
    assert [update(handle), update(handle)][1].headers["Retry-After"] == "1"
    with pytest.raises(ValueError, match="requests"):
        handle.limit(0)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set a local time zone other than UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "EST5")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_a_clock_is_set_to_a_time_with_its_zone(handle: Sandbox) -> None:
    """In any zone, the API writes it in UTC; a time without a zone is rejected."""
    handle.clock.set(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))))
    assert handle.seed().created_at == "2026-01-01T00:00:00.000Z"
    wrong: list[Any] = [datetime(2026, 1, 1), "2026-01-01T00:00:00.000Z"]  # noqa: DTZ001 - as meant
    for moment in wrong:
        with pytest.raises(ValueError, match="is not a datetime with a time zone"):
            handle.clock.set(moment)


def test_a_reset_restores_everything(handle: Sandbox) -> None:
    """Everything is as at the start, and its repr has no token."""
    before = handle.templates
    handle.clock.advance(60)
    assert update(handle, name="New").json()["updatedAt"] > before[TEMPLATE_ID].updated_at
    handle.limit(1)
    handle.inject(status=503)
    handle.reset()
    assert (handle.templates, handle.requests) == (before, [])
    assert [update(handle).status_code for _ in range(2)] == [200, 200]
    assert handle.token not in repr(handle)
