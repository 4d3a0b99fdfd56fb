"""openapi.yaml says exactly what the vendor's page says."""

import re
import tomllib
from typing import Any

import jsonschema_rs
import pytest

from support import ROOT, DocumentedError, documented_errors

FACTS = tomllib.loads((ROOT / "tests/contract/facts.toml").read_text())["fact"]
# Where the document has the words of the page; tests/contract/test_facts.py checks them.
POINTERS = {
    pointer
    for fact in FACTS
    for pointer in (fact.get("says"), fact.get("example"), *fact.get("equals", {}))
    if pointer
}
LEGACY = {"certificateDesignId", "badgeDesignId"}


def examples(media: Any) -> list[Any]:
    """Return the values of all named examples of a media type object."""
    return [
        example["value"] for example in media["content"]["application/json"]["examples"].values()
    ]


def test_the_document_is_valid_openapi(document: Any) -> None:
    """A validator of OpenAPI 3.1 finds nothing; `make spec` runs two more."""
    import openapi_spec_validator  # noqa: PLC0415 - takes seconds, see contract/spec_diff

    assert document["openapi"].startswith("3.1")
    openapi_spec_validator.validate(document)


def test_there_is_the_documented_operation_and_no_other(document: Any, operation: Any) -> None:
    """There is one path, one method and one tag, and security on the operation."""
    assert {path: set(item) for path, item in document["paths"].items()} == {
        "/v1/groups/{id}": {"patch"}
    }
    assert operation["operationId"] == "updateCredentialTemplate"
    assert operation["security"] == [{"BearerAuth": []}]
    assert "security" not in document
    (scheme,) = document["components"]["securitySchemes"].values()
    assert {k: v for k, v in scheme.items() if k != "description"} == {
        "type": "http",
        "scheme": "bearer",
    }


def test_the_parameters_are_the_documented_two(operation: Any) -> None:
    """The id in the path and the version header are required strings without further limits."""
    by_name = {parameter["name"]: parameter for parameter in operation["parameters"]}
    assert set(by_name) == {"id", "Certifier-Version"}
    assert all(parameter["required"] for parameter in by_name.values())
    # The generator takes a parameter's description from its schema.
    described = {"description": by_name["id"]["description"]}
    assert by_name["id"]["schema"] == {"type": "string", **described}
    assert by_name["Certifier-Version"]["schema"] == {"type": "string", "default": "2022-10-26"}


def test_the_request_has_the_documented_fields_and_their_limits(document: Any) -> None:
    """None is required; each keyword comes from the page, except the type of items."""
    schema = document["components"]["schemas"]["CredentialTemplateUpdate"]
    fields = "/components/schemas/CredentialTemplateUpdate/properties"
    keywords = {
        f"{fields}/{name}/{key}"
        for name in schema["properties"]
        for key in schema["properties"][name]
    }
    of_page = {pointer for pointer in POINTERS if pointer.startswith(fields)}
    assert keywords == of_page | {f"{fields}/designIds/items"}
    assert set(schema) == {"type", "properties"}


def test_the_legacy_fields_are_optional_nullable_and_deprecated_in_the_response(
    document: Any,
) -> None:
    """They are not in the request."""
    schemas = document["components"]["schemas"]
    response = schemas["CredentialTemplate"]
    for name in LEGACY:
        assert response["properties"][name]["type"] == ["string", "null"]
        assert response["properties"][name]["deprecated"] is True
        assert name not in response["required"]
        assert name not in schemas["CredentialTemplateUpdate"]["properties"]


@pytest.mark.parametrize("error", documented_errors(), ids=lambda error: error.code)
def test_each_documented_error_is_a_named_example(operation: Any, error: DocumentedError) -> None:
    """The name of the example is the code, and it has only a code and a message."""
    media = operation["responses"][str(error.status)]["content"]["application/json"]
    value = {"error": {"code": error.code, "message": error.message}}
    assert media["examples"] == {error.code: {"value": value}}


def test_the_responses_are_the_documented_ones(operation: Any, document: Any) -> None:
    """They are 200 and the errors of the page, and the codes are those of the examples."""
    of_page = {
        status[1] for pointer in POINTERS if (status := re.search(r"/responses/(\d+)/", pointer))
    }
    statuses = {str(error.status) for error in documented_errors()}
    assert set(operation["responses"]) == of_page == {"200", *statuses}
    codes = document["components"]["schemas"]["ErrorCode"]["enum"]
    assert sorted(codes) == sorted(error.code for error in documented_errors())


def test_each_example_fits_its_schema(document: Any, operation: Any) -> None:
    """The page's own request and responses are valid, formats included."""
    bodies = [operation["requestBody"], *operation["responses"].values()]
    for body in bodies:
        reference = body["content"]["application/json"]["schema"]["$ref"]
        schema = {**document, "$ref": reference}
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        for value in examples(body):
            validator.validate(value)


def test_an_error_code_may_be_new(document: Any) -> None:
    """An unlisted code is valid: other operations have more codes."""
    schema = {**document, "$ref": "#/components/schemas/ErrorResponse"}
    error = {"error": {"code": "quota_exceeded", "message": "…", "limit": 2}}
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(error)
