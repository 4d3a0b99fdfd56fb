"""Requests that the document allows go through the client, over the wire and back, unchanged.

Schemathesis generates the requests, and the client sends them to the sandbox. The bytes on the wire
are what the document says, and the client returns the values in the bytes of the response.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import jsonschema_rs
import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st

from certifier_client import (
    AsyncCertifier,
    Certifier,
    CertifierError,
    CredentialTemplate,
    InputError,
    InvalidResponseError,
    NotFoundError,
    Response,
)
from certifier_client._call.operation import prepared
from certifier_generated.api.credential_templates import UPDATE
from certifier_sandbox import PREMIUM_TOKEN, TEMPLATE_ID, running
from contract.profile import CONTRACT
from support import load_document

DOCUMENT = load_document()
SCHEMAS = DOCUMENT["components"]["schemas"]
CASES = schemathesis.openapi.from_dict(DOCUMENT)["/v1/groups/{id}"]["PATCH"].as_strategy()
(VERSION,) = (
    parameter["schema"]["default"]
    for parameter in DOCUMENT["paths"]["/v1/groups/{id}"]["patch"]["parameters"]
    if parameter["in"] == "header"
)
RESPONSES = jsonschema_rs.Draft202012Validator(
    {**DOCUMENT, "$ref": "#/components/schemas/CredentialTemplate"}, validate_formats=True
)
RETURNED = SCHEMAS["CredentialTemplate"]["properties"]
TIMES = {name for name, schema in RETURNED.items() if schema.get("format") == "date-time"}
LISTS = sorted(name for name, schema in RETURNED.items() if schema["type"] == "array")
NEEDED = SCHEMAS["CredentialTemplate"]["required"]
Outcome = CredentialTemplate | CertifierError
Recorded = tuple[Outcome, list[httpx.Request], list[bytes]]
Update = Callable[[str, dict[str, Any]], Recorded]


class Wire(httpx.HTTPTransport):
    """A real transport that records requests and responses."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[httpx.Request] = []
        self.responses: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, and record it."""
        self.requests.append(request)
        response = super().handle_request(request)
        self.responses.append(response.read())
        return response


class AsyncWire(httpx.AsyncHTTPTransport):
    """The same for asyncio."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[httpx.Request] = []
        self.responses: list[bytes] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, and record it."""
        self.requests.append(request)
        response = await super().handle_async_request(request)
        self.responses.append(await response.aread())
        return response


@pytest.fixture(scope="module")
def options() -> Iterator[dict[str, Any]]:
    """Run a sandbox, and return the options for a client of it."""
    with running() as sandbox:
        yield {"access_token": PREMIUM_TOKEN, "base_url": sandbox.url}


@pytest.fixture(scope="module", params=["sync", "async"])
def update(request: pytest.FixtureRequest, options: dict[str, Any]) -> Iterator[Update]:
    """Return a function that updates with either client, and returns what was on the wire."""
    with asyncio.Runner() as runner:
        if request.param == "sync":
            wire: Any = Wire()
            client: Any = Certifier(transport=wire, **options)
            finish: Callable[[Any], Any] = lambda result: result  # noqa: E731 - the counterpart of run
            close = client.close
        else:
            wire = AsyncWire()
            client = AsyncCertifier(transport=wire, **options)
            finish, close = runner.run, client.aclose

        def call(template_id: str, fields: dict[str, Any]) -> Recorded:
            wire.requests, wire.responses = [], []
            try:
                outcome: Outcome = finish(client.groups.update(template_id, **fields))
            except CertifierError as error:
                outcome = error
            return outcome, wire.requests, wire.responses

        yield call
        finish(close())


@settings(CONTRACT, max_examples=80)
@given(case=CASES)
def test_a_generated_request_is_serialised_as_the_document_says(update: Update, case: Any) -> None:
    """Body, path and headers are as the document says; the template has the response's values."""
    known = SCHEMAS["CredentialTemplateUpdate"]["properties"]
    body = {name: value for name, value in case.body.items() if name in known}
    if "designIds" in body:  # the client rejects invalid ids
        body["designIds"] = [f"d{design.encode().hex()}" for design in body["designIds"]]
    fields = {in_python(name): value for name, value in body.items()}
    outcome, requests, responses = update(TEMPLATE_ID, fields)
    is_url = urlsplit(body.get("learningEventUrl", "https://a")).scheme in {"http", "https"}
    if not is_url or "" in body.values():
        assert isinstance(outcome, InputError)
        assert requests == []
        return
    assert isinstance(outcome, CredentialTemplate)
    (sent,), (response,) = requests, (json.loads(responses[0]),)
    assert json.loads(sent.content) == body
    assert (sent.method, sent.url.raw_path) == ("PATCH", f"/v1/groups/{TEMPLATE_ID}".encode())
    assert sent.headers["authorization"] == f"Bearer {PREMIUM_TOKEN}"
    assert sent.headers["certifier-version"] == VERSION
    assert sent.headers["content-type"] == "application/json"
    check_template(outcome, response)


@CONTRACT
@given(template_id=st.text(st.characters(), max_size=30))
def test_a_generated_id_is_one_segment_of_the_path_or_is_rejected(
    update: Update, template_id: str
) -> None:
    """The service decodes the passed id from the path."""
    outcome, requests, _ = update(template_id, {})
    if isinstance(outcome, InputError):
        assert requests == []
    else:
        assert isinstance(outcome, NotFoundError)
        segments = requests[0].url.raw_path.decode().split("/")
        assert segments[:3] == ["", "v1", "groups"]
        assert [unquote(segment) for segment in segments[3:]] == [template_id]


def check_template(template: CredentialTemplate, body: dict[str, Any]) -> None:
    """Fail unless each field of a template has its value in the body."""
    for name in TIMES:
        assert getattr(template, in_python(name)) == datetime.fromisoformat(body[name])
    written = template.to_dict()
    assert {name: written[name] for name in written.keys() - TIMES} == {
        name: body[name] for name in body.keys() - TIMES
    }


def in_python(name: str) -> str:
    """Return the Python name of a field of the document."""
    return re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
TIME = st.sampled_from(["2022-01-01T00:00:00.000Z", "2022-12-31T23:59:59+14:00"])
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), TEXT, st.lists(TEXT), st.dictionaries(TEXT, TEXT)
)


def right(schema: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for the values that the schema of a field allows."""
    match schema:
        case {"type": "string", "format": "date-time"}:
            return TIME
        case {"type": "string"}:
            return TEXT
        case {"type": [_, "null"]}:
            return st.none() | right({**schema, "type": schema["type"][0]})
        case {"type": "array"}:
            return st.lists(right(schema["items"]), max_size=3)
    raise NotImplementedError(schema)


RIGHT = {name: right(schema) for name, schema in RETURNED.items()}


@st.composite
def near_bodies(draw: st.DrawFn) -> Any:
    """Draw a body that the schema allows, or one that differs from it in a field."""
    body: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {name: RIGHT[name] for name in NEEDED},
            optional={name: RIGHT[name] for name in RIGHT.keys() - set(NEEDED)},
        )
    )
    for name in draw(st.lists(st.sampled_from(["seats", "Name", "designids"]), max_size=2)):
        body[name] = draw(ANYTHING)
    name = draw(st.sampled_from([*RIGHT]))
    match draw(st.sampled_from(["right", "missing", "anything", "item", "not an object"])):
        case "missing":
            body.pop(name, None)
        case "anything":
            body[name] = draw(ANYTHING)
        case "item":
            name = draw(st.sampled_from(LISTS))
            body[name] = [*body[name], draw(ANYTHING)]
        case "not an object":
            return draw(ANYTHING)
    return body


@settings(CONTRACT, max_examples=600)
@given(body=near_bodies())
def test_a_body_is_parsed_only_if_the_document_allows_it(body: Any) -> None:
    """The parser agrees with the schema, and returns the values of the body."""
    response = Response("PATCH /", 200, httpx.Headers(), json.dumps(body).encode())
    if RESPONSES.is_valid(body):
        check_template(prepared(UPDATE).parse(response, {}), body)
    else:
        with pytest.raises(InvalidResponseError):
            prepared(UPDATE).parse(response, {})
