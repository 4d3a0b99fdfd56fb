"""openapi.yaml says what the vendor's page says, no more and no less."""

from typing import Any

import jsonschema_rs
import openapi_spec_validator
import pytest

DOCUMENTED_ERRORS = {
    "400": ("missing_version", "The request is missing the required Certifier-Version header"),
    "401": ("unauthorized", "A valid authentication token was not provided with the request"),
    "402": (
        "payment_required",
        "The requested feature is only available to premium organizations",
    ),
    "404": ("not_found", "The requested resource does not exist"),
    "429": ("rate_limited", "You have exceeded the rate limit"),
    "500": ("internal_server_error", "There was a problem on Certifier's end"),
}
LEGACY = {"certificateDesignId", "badgeDesignId"}


def examples(media: Any) -> list[Any]:
    """Return the values of all named examples of a media type object."""
    return [
        example["value"] for example in media["content"]["application/json"]["examples"].values()
    ]


def test_the_document_is_valid_openapi(document: Any) -> None:
    """A validator of OpenAPI 3.1 finds nothing; `make spec` asks two more."""
    assert document["openapi"].startswith("3.1")
    openapi_spec_validator.validate(document)


def test_there_is_the_documented_operation_and_no_other(document: Any, operation: Any) -> None:
    """One path, one method, one tag, security on the operation."""
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
    """The id in the path and the version header are required, and promise no more than a string."""
    by_name = {parameter["name"]: parameter for parameter in operation["parameters"]}
    assert set(by_name) == {"id", "Certifier-Version"}
    assert all(parameter["required"] for parameter in by_name.values())
    assert by_name["id"]["schema"] == {"type": "string"}
    assert by_name["Certifier-Version"]["schema"] == {"type": "string", "default": "2022-10-26"}


def test_the_request_has_the_three_documented_fields_and_their_limits(document: Any) -> None:
    """All are optional, none has a limit beyond the page's, and the legacy ones are absent."""
    schema = document["components"]["schemas"]["CredentialTemplateUpdate"]
    fields = {
        name: {key: value for key, value in field.items() if key != "description"}
        for name, field in schema["properties"].items()
    }
    assert fields == {
        "name": {"type": "string"},
        "designIds": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "learningEventUrl": {"type": "string", "format": "uri"},
    }
    assert set(schema) == {"type", "properties"}


def test_the_legacy_fields_are_optional_nullable_and_deprecated_in_the_answer(
    document: Any,
) -> None:
    """They are in the answer alone, and no answer needs them."""
    schemas = document["components"]["schemas"]
    answer = schemas["CredentialTemplate"]
    for name in LEGACY:
        assert answer["properties"][name]["type"] == ["string", "null"]
        assert answer["properties"][name]["deprecated"] is True
    assert set(answer["required"]) == set(answer["properties"]) - LEGACY


@pytest.mark.parametrize("status", DOCUMENTED_ERRORS)
def test_each_documented_error_is_a_named_example(operation: Any, status: str) -> None:
    """Its name is the code, and its value is the page's."""
    code, message = DOCUMENTED_ERRORS[status]
    media = operation["responses"][status]["content"]["application/json"]
    assert media["examples"] == {code: {"value": {"error": {"code": code, "message": message}}}}


def test_the_answers_are_the_documented_ones(operation: Any, document: Any) -> None:
    """200 and the six errors; the codes that are listed are those of the examples."""
    assert set(operation["responses"]) == {"200", *DOCUMENTED_ERRORS}
    codes = document["components"]["schemas"]["ErrorCode"]["enum"]
    assert sorted(codes) == sorted(code for code, _ in DOCUMENTED_ERRORS.values())


def test_each_example_fits_its_schema(document: Any, operation: Any) -> None:
    """The page's own request and answers are valid, formats included."""
    medias = [operation["requestBody"], *operation["responses"].values()]
    for media in medias:
        reference = media["content"]["application/json"]["schema"]["$ref"]
        schema = {**document, "$ref": reference}
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        for value in examples(media):
            validator.validate(value)


def test_an_error_code_may_be_new(document: Any) -> None:
    """A code that is not listed is valid: other operations have further ones."""
    schema = {**document, "$ref": "#/components/schemas/ErrorResponse"}
    error = {"error": {"code": "quota_exceeded", "message": "…", "limit": 2}}
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(error)
