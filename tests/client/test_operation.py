"""An operation of a made-up document: how it checks arguments and reads successes."""

import errno
import os
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from certifier_client import InputError, InvalidResponseError, PoolTimeoutError, Response
from certifier_client._call.operation import Prepared
from certifier_generated.types import UNSET, Operation, Parameter

TEXT = {"type": "string"}
PARAMETERS = (
    Parameter("id", "id_", "id", "path", required=True),
    Parameter("page", "page", "page", "query", required=False),
    Parameter("version", "version", "Certifier-Version", "header", required=True),
    Parameter("name", "name_", "name", "body", required=False),
    Parameter("owner_id", "owner_id", "ownerId", "body", required=False),
    Parameter("design_ids", "design_ids", "designIds", "body", required=False),
)
SCHEMAS: dict[str, Any] = {
    "path id": TEXT,
    "query page": TEXT,
    "header Certifier-Version": TEXT,
    "body name": TEXT,
    "body ownerId": TEXT,
    "body designIds": {"type": "array", "items": TEXT},
    "success": {"200": {"type": "object", "properties": {"id": {**TEXT, "maxLength": 2}}}},
}


def operation(**changed: Any) -> Operation[Any]:
    """Return an operation whose generated module returns what it is given."""
    module = SimpleNamespace(
        _get_kwargs=lambda **given: given,
        _parse_response=lambda client, response: SimpleNamespace(
            client=client, response=response, **(response.json() or {})
        ),
    )
    given: dict[str, Any] = {
        "method": "PATCH",
        "path": "/v1/things/{id}",
        "parameters": PARAMETERS,
        "body": lambda **fields: fields,
        "schemas": SCHEMAS,
        "components": {},
        "module": lambda: module,
    }
    return Operation(**given | changed)


def kwargs(**arguments: Any) -> Any:
    """Return what the generated function gets for these arguments."""
    return Prepared(operation()).kwargs({"id": "a", **arguments}, {"version": "1"})


def response(body: str = '{"id": "a"}', status: int = 200) -> Response:
    """Return a response with this body."""
    return Response("PATCH /", status, httpx.Headers(), body.encode())


def test_arguments_go_where_the_document_says() -> None:
    """Fields go into the body; a header that is an option of the client comes from there."""
    assert kwargs(page="2", name="b", design_ids=["c"]) == {
        "id_": "a",
        "page": "2",
        "version": "1",
        "body": {"name_": "b", "design_ids": ["c"]},
    }
    assert kwargs(version="3", name=UNSET) == {
        "id_": "a",
        "version": "3",
        "body": {"name_": UNSET},
    }


def test_a_body_that_is_not_an_object_is_one_argument() -> None:
    """It has no name in the document."""
    parameters = (
        Parameter("body", "body", "", "body", required=True),
        Parameter("limit", "limit", "X-Rate-Limit", "header", required=False),
    )
    schemas = {"body": {"type": "array", "items": TEXT}, "header X-Rate-Limit": TEXT}
    made = Prepared(operation(parameters=parameters, body=None, schemas={**schemas, "success": {}}))
    assert made.kwargs({"body": ["a"]}, {"limit": "5", "rate-limit": "6"}) == {
        "body": ["a"],
        "limit": "5",
    }
    with pytest.raises(InputError, match=r"^body\[0\] is empty: leave it out, or pass a value$"):
        made.kwargs({"body": [""]}, {})


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"id": 5}, "id is 5: pass a string"),
        ({"id": None}, "id is None: pass a string"),
        ({"name": None}, "name is None: leave it out, or pass a string"),
        ({"name": 5}, "name is 5: pass a string"),
        ({"name": ""}, "name is empty: leave it out, or pass a value"),
        ({"name": "\ud800"}, "name has a lone surrogate, which UTF-8 cannot encode"),
        ({"design_ids": [None]}, "design_ids[0] is None: pass a string"),
        ({"design_ids": ["a", 5]}, "design_ids[1] is 5: pass a string"),
        ({"design_ids": ["a", "b/c"]}, "design_ids[1] 'b/c' is not a valid id"),
        ({"design_ids": [""]}, "design_ids[0] '' is not a valid id"),
        ({"owner_id": "."}, "owner_id '.' is not a valid id"),
        ({"version": "\n"}, "version has characters that are not printable ASCII"),
        *(
            ({"id": f"a{mark}b"}, f"id {f'a{mark}b'!r} is not a valid id")
            for mark in "/,;\"'`()[]{}<> \n\u200b\ue000\u2028"
        ),
    ],
)
def test_an_invalid_argument_is_named(arguments: dict[str, Any], problem: str) -> None:
    """With its value, and what to pass instead."""
    with pytest.raises(InputError) as raised:
        kwargs(**arguments)
    assert str(raised.value).startswith(problem)
    assert raised.value.argument == next(iter(arguments))


@pytest.mark.parametrize("arguments", [{"name": "a/b, c"}, {"page": ""}, {"page": "a/b\n"}])
def test_only_ids_and_headers_are_restricted(arguments: dict[str, str]) -> None:
    """Other text may have any character, and a query is encoded."""
    assert kwargs(**arguments)


@pytest.mark.parametrize("template_id", ["a", "é", "a.b", "...", "a-b_c~d", "a:b", "a%41", "X-Z"])
def test_an_id_is_not_only_letters_and_digits(template_id: str) -> None:
    """The service decides what it is."""
    assert kwargs(id=template_id)["id_"] == template_id


def test_the_generated_code_is_imported_by_the_first_call() -> None:
    """Without file descriptors, that fails like a connection."""

    def fail() -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with pytest.raises(PoolTimeoutError, match="Too many open files") as raised:
        Prepared(operation(module=fail)).kwargs({}, {})
    assert str(raised.value).startswith("PATCH /v1/things/{id}: ")


def test_a_success_is_a_documented_status() -> None:
    """Which may be a range; a status of its own comes first."""
    success = {"2XX": {"type": "object"}, "204": None, "201": {"type": "array"}}
    made = Prepared(operation(schemas={**SCHEMAS, "success": success}))
    assert [status for status in range(100, 600) if made.is_success(status)] == [*range(200, 300)]
    assert made.parse(response("", 204), {}).response.json() is None
    assert made.parse(response('{"a": 1}', 299), {}).a == 1
    with pytest.raises(InvalidResponseError, match="the body is not an array"):
        made.parse(response("{}", 201), {})
    only = Prepared(operation(schemas={**SCHEMAS, "success": {"201": None}}))
    assert [status for status in range(100, 600) if only.is_success(status)] == [201]


def test_the_generated_code_reads_a_success() -> None:
    """It gets status, body and JSON, which is checked for types, and not for rules."""
    parsed = Prepared(operation()).parse(response('{"id": "abc"}'), {})
    assert (parsed.id, parsed.client) == ("abc", None)
    assert (parsed.response.status_code, parsed.response.text) == (200, '{"id": "abc"}')
    for body, problem in (
        ("{", "the body is not JSON: "),
        ("[]", "the body is not an object"),
        ('{"id": 5}', "id is not a string"),
    ):
        with pytest.raises(InvalidResponseError, match=problem):
            Prepared(operation()).parse(response(body), {})


@pytest.mark.parametrize("error", [ValueError, TypeError, KeyError, AttributeError])
def test_what_the_generated_code_cannot_read_is_an_invalid_response(error: type) -> None:
    """With its reason, and the exception as the cause."""

    def fail(client: object, response: object) -> None:
        del client, response
        raise error("why")

    module = SimpleNamespace(_get_kwargs=None, _parse_response=fail)
    with pytest.raises(InvalidResponseError, match=r"the body cannot be read: '?why") as raised:
        Prepared(operation(module=lambda: module)).parse(response(), {})
    assert type(raised.value.__cause__) is error


def test_a_success_is_about_the_id_that_was_asked_for() -> None:
    """ASCII letters may differ in case."""
    made = Prepared(operation())
    for asked, found in (("a", "A"), ("aé", "Aé"), ("\ud800", r"\ud800")):
        assert made.parse(response(f'{{"id": "{found}"}}'), {"id": asked})
    for asked, found in (("a", "b"), ("é", "É"), ("ss", "ß")):
        with pytest.raises(InvalidResponseError, match=f"id is '{found}' instead of '{asked}'"):
            made.parse(response(f'{{"id": "{found}"}}'), {"id": asked})
    assert made.parse(response("{}"), {"id": "a"})
    assert made.parse(response('{"id": "b"}'), {})


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/v1/things/{id}/parts", PARAMETERS),
        ("/v1/things/{id}", [Parameter("id", "id", "id", "query", required=True)]),
        (
            "/v1/things/{id}",
            [PARAMETERS[0], Parameter("new_id", "new_id", "id", "body", required=False)],
        ),
    ],
)
def test_not_every_success_is_about_the_id(path: str, parameters: Any) -> None:
    """It may be about a part of it, or the request may change it."""
    schemas = {**SCHEMAS, "query id": TEXT, "body id": TEXT}
    made = Prepared(operation(path=path, parameters=parameters, schemas=schemas))
    assert made.parse(response('{"id": "b"}'), {"id": "a"}).id == "b"


def test_an_id_stays_checked_if_the_body_has_other_fields() -> None:
    """A header or a query of the same name changes nothing."""
    same = Parameter("other", "other", "id", "query", required=False)
    schemas = {**SCHEMAS, "query id": TEXT}
    made = Prepared(operation(parameters=(same, *PARAMETERS), schemas=schemas))
    with pytest.raises(InvalidResponseError, match="id is 'b' instead of 'a'"):
        made.parse(response('{"id": "b"}'), {"id": "a"})
