"""The value of a cell of CSV or of an option, by its schema."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from certifier_client.errors import InputError

_SEPARATORS = re.compile(r"[\s,;]+")
_BOOLEANS = {"true": True, "false": False}


def value_of(name: str, schema: Mapping[str, object], text: str) -> object:
    """Return the value of a text, or raise InputError.

    Args:
        name: the field, for the message.
        schema: its JSON Schema; a list may be separated by commas, semicolons or white space, or
            be written as JSON.
        text: the text.

    """
    kind = schema.get("type")
    if kind == "array":
        items = cast("Mapping[str, object]", schema.get("items", {}))
        return [
            item if isinstance(item, str) is False else value_of(name, items, item)
            for item in _split(name, text)
        ]
    try:
        if kind == "integer":
            return int(text)
        if kind == "number":
            return float(text)
        if kind == "boolean":
            return _BOOLEANS[text.strip().lower()]
    except (ValueError, KeyError):
        raise InputError(f"{name} is {text!r}, which is not a {kind}") from None
    return text


def _split(name: str, text: str) -> list[Any]:
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise InputError(f"{name} is {text!r}, which is not a list in JSON") from None
        return cast("list[Any]", found)
    return [part for part in _SEPARATORS.split(text) if part] or [text]
