"""The generated table of the operation, and the fields that it sets."""

from collections.abc import Mapping

from certifier_generated.api.credential_templates import UPDATE, UpdateFields
from certifier_generated.types import Parameter

__all__ = ["FIELDS", "UPDATE", "Parameter", "UpdateFields", "schema_of"]

FIELDS = tuple(field for field in UPDATE.parameters if field.location == "body")


def schema_of(field: Parameter) -> Mapping[str, object]:
    """Return the JSON Schema of a field."""
    schema: Mapping[str, object] = UPDATE.schemas[f"body {field.wire}"]
    return schema
