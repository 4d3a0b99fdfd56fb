"""Injected responses, delays and dropped connections."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from certifier_sandbox import TEMPLATE_ID, Sandbox, create_app, running
from support import DocumentedError, documented_errors

PATH = f"/v1/groups/{TEMPLATE_ID}"


def inject(api: httpx.Client, **injection: object) -> None:
    """Queue an injection."""
    api.post("/_sandbox/injections", json=injection).raise_for_status()


def queue(api: httpx.Client) -> list[dict[str, Any]]:
    """Return the injections that have not been used."""
    injections: list[dict[str, Any]] = api.get("/_sandbox/state").json()["injections"]
    return injections


def test_injections_queue_in_order_and_then_the_api_responds(api: httpx.Client) -> None:
    """Each is used as often as requested, in order of arrival."""
    inject(api, status=503, times=2)
    inject(api, status=418, json={"short": True})
    assert queue(api) == [{"status": 503}, {"status": 503}, {"status": 418}]
    statuses = [api.patch(PATH, json={}).status_code for _ in range(4)]
    assert statuses == [503, 503, 418, 200]


def test_the_queue_can_be_cleared(api: httpx.Client) -> None:
    """The next response is the API's own."""
    inject(api, status=503, times=2)
    assert api.delete("/_sandbox/injections").status_code == 204
    assert queue(api) == []
    assert api.patch(PATH, json={}).status_code == 200


@pytest.mark.parametrize("error", documented_errors(), ids=lambda error: error.code)
def test_a_documented_error_is_injected_by_its_code(
    api: httpx.Client, error: DocumentedError
) -> None:
    """The response has the documented status and body, and the given headers."""
    inject(api, error=error.code, headers={"Retry-After": "2"})
    response = api.patch(PATH, json={})
    assert (response.status_code, response.headers["Retry-After"]) == (error.status, "2")
    message = "injected" if error.code == "validation_error" else error.message
    assert response.json()["error"] == {"code": error.code, "message": message}


def test_a_delay_without_a_response_only_delays(api: httpx.Client) -> None:
    """The API then responds as usual, and the update is applied."""
    inject(api, delay=0.01)
    response = api.patch(PATH, json={"name": "Late"})
    assert (response.status_code, response.json()["name"]) == (200, "Late")
    assert api.patch(PATH, json={"name": 5}).status_code == 400


def test_the_log_says_what_was_injected(api: httpx.Client) -> None:
    """The entry leaves out the body, which may be large; it is null if nothing was injected."""
    injections: list[dict[str, Any]] = [
        {"status": 503, "headers": {"Retry-After": "0"}, "delay": 0.01},
        {"error": "payment_required"},
        {"delay": 0.01},
    ]
    inject(api, text="x" * 1000, **injections[0])
    for injection in injections[1:]:
        inject(api, **injection)
    statuses = [api.patch(PATH, json={}).status_code for _ in range(4)]
    assert statuses == [503, 402, 200, 200]
    logged = api.get("/_sandbox/requests").json()["requests"]
    assert [entry["injected"] for entry in logged] == [*injections, None]


@pytest.mark.parametrize(
    ("injection", "content_type", "body"),
    [
        ({"status": 200, "json": {"a": ["é"]}}, "application/json", '{"a":["é"]}'),
        ({"status": 200, "json": None}, "application/json", "null"),
        ({"status": 502, "text": "<html>é"}, "text/plain; charset=utf-8", "<html>é"),
        ({"status": 500}, None, ""),
        ({"status": 599, "text": ""}, "text/plain; charset=utf-8", ""),
        ({"status": 200, "text": "x", "headers": {"content-type": "a/b"}}, "a/b", "x"),
    ],
)
def test_status_body_and_headers(
    api: httpx.Client, injection: dict[str, Any], content_type: str | None, body: str
) -> None:
    """Status, body and content type arrive as given."""
    inject(api, **injection)
    response = api.patch(PATH, json={})
    assert response.status_code == injection["status"]
    assert (response.headers.get("content-type"), response.content.decode()) == (content_type, body)
    assert response.headers["content-length"] == str(len(response.content))


def test_injected_headers(api: httpx.Client) -> None:
    """They may include a Date, which replaces the sandbox's."""
    headers = {"Retry-After": "7", "X-Odd": "a \xe9~", "Empty": "", "Date": "then"}
    bodies: list[dict[str, Any]] = [{}, {"json": 1}, {"text": "x"}]
    for body in bodies:
        inject(api, status=429, headers=headers, **body)
        sent = api.patch(PATH, json={}).headers
        assert {name: sent.get_list(name) for name in headers} == {
            name: [value] for name, value in headers.items()
        }


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_a_body(api: httpx.Client, status: int) -> None:
    """204 and 304 have no body and no length, and the connection stays usable."""
    inject(api, status=status)
    response = api.patch(PATH, json={})
    assert (response.status_code, response.content) == (status, b"")
    assert "content-length" not in response.headers or status == 304
    assert api.patch(PATH, json={}).status_code == 200


def test_injections_come_before_every_check_and_change_nothing(api: httpx.Client) -> None:
    """Token, path and method do not matter under /v1, and no update is applied."""
    inject(api, status=500, times=3)
    assert api.patch(PATH, json={"name": "New"}).status_code == 500
    api.headers.clear()
    assert api.get("/v1").status_code == 500
    assert api.patch("/other").status_code == 404
    assert api.put("/v1/other").status_code == 500
    assert api.get("/_sandbox/state").json()["templates"][0]["name"] == "Financial Markets"
    logged = api.get("/_sandbox/requests").json()["requests"]
    assert [entry["status"] for entry in logged] == [500, 500, 404, 500]


def test_a_delay_delays_the_response(api: httpx.Client) -> None:
    """The response arrives no sooner."""
    inject(api, status=200, text="late", delay=0.1)
    start = time.monotonic()
    assert api.patch(PATH, json={}).text == "late"
    assert time.monotonic() - start >= 0.1


def test_other_requests_are_served_during_a_delay(wire: httpx.Client, sandbox: Sandbox) -> None:
    """While one client waits, others are served; the wait ends when its client disconnects."""
    inject(wire, status=200, delay=60)
    with delayed(sandbox):
        assert wire.patch(PATH, json={}).status_code == 200
    assert wire.patch(PATH, json={}).status_code == 200
    assert [request.status for request in sandbox.requests] == [None, 200, 200]


def test_a_dropped_connection_is_closed_without_a_byte(
    wire: httpx.Client, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """The client sees the end of the stream at once, and the server logs nothing."""
    inject(wire, drop=True)
    with caplog.at_level(logging.INFO), socket.create_connection(_address(sandbox)) as client:
        client.settimeout(60)
        client.sendall(
            f"PATCH {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}".encode()
        )
        assert client.recv(1) == b""
        assert wire.patch(PATH, json={}).status_code == 200
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]
    logged = wire.get("/_sandbox/requests").json()["requests"]
    assert [entry["status"] for entry in logged] == [None, 200]


def test_a_client_sees_a_dropped_connection(wire: httpx.Client) -> None:
    """The error says that the server disconnected; the next call succeeds."""
    inject(wire, drop=True, delay=0.01)
    with pytest.raises(httpx.RemoteProtocolError):
        wire.patch(PATH, json={})
    assert wire.patch(PATH, json={}).status_code == 200


async def test_in_process_a_drop_is_an_error() -> None:
    """Without a connection, the caller gets a ConnectionResetError."""
    transport = httpx.ASGITransport(create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        await client.post("/_sandbox/injections", json={"drop": True})
        with pytest.raises(
            ConnectionResetError, match=r"^the sandbox dropped the connection because"
        ):
            await client.patch(PATH, json={})


def test_the_sandbox_stops_during_a_delay() -> None:
    """It stops at once, although a response is pending."""
    with ExitStack() as stack:
        with running() as sandbox:
            sandbox.inject(status=200, delay=60)
            client = stack.enter_context(delayed(sandbox))
        assert client.recv(1) == b""


@contextmanager
def delayed(sandbox: Sandbox) -> Iterator[socket.socket]:
    """Send a request, and yield its connection once the sandbox has received it."""
    with socket.create_connection(_address(sandbox)) as client:
        client.sendall(f"PATCH {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        while not sandbox.requests:
            time.sleep(0.001)
        yield client


def _address(sandbox: Sandbox) -> tuple[str, int]:
    url = urlsplit(sandbox.url)
    assert url.hostname is not None
    assert url.port is not None
    return url.hostname, url.port
