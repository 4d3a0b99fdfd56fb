"""The independent service is correct, and each of its faults shows."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jsonschema_rs
import pytest

from contract.independent.catalogue import CHOICES, FAULTS
from contract.independent.conversation import Probe, conversation
from contract.independent.server import Server, serving
from contract.independent.service import Service
from support import documented_errors, load_document

Said = tuple[int, dict[str, str], bytes]
Talk = Callable[[type[Service]], Iterator[Said]]
START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """A clock that the requests advance."""

    now = START

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Give a server whose service each conversation replaces."""
    with serving(Service()) as server:
        yield server


@pytest.fixture(scope="module")
def talk(server: Server) -> Iterator[Talk]:
    """Give a function that has the conversation with a service, over a socket."""
    with httpx.Client(base_url=server.url, headers={"accept-encoding": "identity"}) as client:

        def talk(service: type[Service]) -> Iterator[Said]:
            clock = Clock()
            server.service = service(clock=clock)
            for probe in conversation():
                clock.now += timedelta(seconds=probe.gap)
                yield send(client, probe)

        yield talk


@pytest.fixture(scope="module")
def correct(talk: Talk) -> list[Said]:
    """Give what the correct service responds."""
    return list(talk(Service))


def send(client: httpx.Client, probe: Probe) -> Said:
    """Send a request, and return status, headers and the bytes of the body as they came."""
    request = client.build_request(
        probe.method, probe.target, headers=probe.all_headers(), content=probe.content()
    )
    response = client.send(request, stream=True)
    body = b"".join(response.iter_raw())
    return response.status_code, dict(response.headers) | {"date": "", "server": ""}, body


def test_the_correct_service_responds_with_the_status_that_is_due(correct: list[Said]) -> None:
    """Each request of the conversation gets the status that it names."""
    assert [said[0] for said in correct] == [probe.status for probe in conversation()]


def test_responses_of_the_correct_service_are_as_in_the_document(correct: list[Said]) -> None:
    """A success is a CredentialTemplate, an error an ErrorResponse, with the page's messages."""
    document = load_document()
    success, failure = (
        jsonschema_rs.validator_for(
            {"$ref": f"#/components/schemas/{name}", "components": document["components"]},
            validate_formats=True,
        )
        for name in ("CredentialTemplate", "ErrorResponse")
    )
    documented = {error.code: error for error in documented_errors()}
    for (status, headers, body), probe in zip(correct, conversation(), strict=True):
        assert headers["content-type"] == "application/json"
        if probe.method == "HEAD":
            continue
        value: Any = json.loads(body)
        (success if status == 200 else failure).validate(value)
        error = value.get("error", {})
        if error.get("code") in documented:
            assert (status, error["code"], error["message"]) == documented[error["code"]]


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS | CHOICES)
def test_each_fault_and_choice_shows(name: str, talk: Talk, correct: list[Said]) -> None:
    """With the fault, the conversation has at least one other response."""
    said = talk((FAULTS | CHOICES)[name].service)
    assert any(one != other for one, other in zip(said, correct, strict=True))
