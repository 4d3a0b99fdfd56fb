"""The value of a cell of CSV or of an option, by its schema."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

_SEPARATORS = re.compile(r"[\s,;]+")


def value_of(schema: Mapping[str, Any], text: str) -> object:
    """Return the value of a text, or the text itself if it is not valid.

    Args:
        schema: the JSON Schema of the field. The items of a list may be separated by commas,
            semicolons or white space, or be written as JSON.
        text: the text.

    """
    kind = schema.get("type")
    if kind == "array":
        if isinstance(found := _json(text), list):
            return cast("list[object]", found)
        items = [part for part in _SEPARATORS.split(text) if part] or [text]
        return [value_of(schema.get("items", {}), item) for item in items]
    return _json(text.lower()) if kind in {"integer", "number", "boolean"} else text


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
