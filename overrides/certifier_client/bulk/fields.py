"""The fields that an update can set: everything about a field is taken from here."""

from collections.abc import Mapping

import attrs

from certifier_client.operations import UPDATE


@attrs.frozen
class Field:
    """A field of an operation's body.

    Attributes:
        name: in Python.
        wire_name: in JSON.
        schema: its JSON Schema.

    """

    name: str
    wire_name: str
    schema: Mapping[str, object]


FIELDS = tuple(
    Field(parameter.name, parameter.wire, UPDATE.schemas[f"body {parameter.wire}"])
    for parameter in UPDATE.parameters
    if parameter.location == "body"
)
