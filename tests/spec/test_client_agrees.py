"""What certifier_client repeats of the document is the same there."""

from typing import Any, get_type_hints

import attrs

import certifier_generated.models as generated
from certifier_client import CredentialTemplateFields, options
from certifier_client._call import decode
from certifier_generated.models import CredentialTemplateUpdate
from certifier_generated.types import Unset


def test_the_default_base_url_is_the_documents_server(document: Any) -> None:
    """The generator leaves the servers out, so the client names the one there is."""
    assert [server["url"] for server in document["servers"]] == [options.BASE_URL]


def test_the_fields_of_update_are_those_of_the_generated_request() -> None:
    """Names and types are the same, but for the marker of a field that is not set."""
    model = get_type_hints(CredentialTemplateUpdate)
    del model["additional_properties"]
    fields = get_type_hints(CredentialTemplateFields)
    assert {name: hint | Unset for name, hint in fields.items()} == model


def test_the_json_names_that_the_parser_expects_are_the_documents(document: Any) -> None:
    """The parser makes them from the Python names, for each model there is."""
    schemas = document["components"]["schemas"]
    models = {
        name: model for name in generated.__all__ if attrs.has(model := getattr(generated, name))
    }
    assert {name: {key for key, *_ in decode._fields(model)} for name, model in models.items()} == {
        name: set(schema["properties"])
        for name, schema in schemas.items()
        if schema["type"] == "object"
    }
