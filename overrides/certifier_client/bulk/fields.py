"""The fields that an update can set: everything about a field is taken from here."""

from collections.abc import Mapping

import attrs


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


FIELDS = (
    Field("name", "name", {"type": "string", "description": "Its name."}),
    Field(
        "design_ids",
        "designIds",
        {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string"},
            "description": "The ids of its designs, in order; they replace all.",
        },
    ),
    Field(
        "learning_event_url",
        "learningEventUrl",
        {"type": "string", "format": "uri", "description": "The learning event's URL."},
    ),
)
