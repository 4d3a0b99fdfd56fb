"""The schema of the request body, written from the documentation."""

from email.message import Message
from typing import Any, cast

from jsonschema_rs import Draft202012Validator
from starlette.datastructures import Headers

from certifier_sandbox.api_error import ApiError
from certifier_sandbox.json_body import first_error, parse_json
from certifier_sandbox.template import LEGACY_FIELDS, Changes

_TEXT = {"type": "string", "minLength": 1}  # a decision: the page has no minLength
PROPERTIES: dict[str, Any] = {
    "name": _TEXT,
    "designIds": {"type": "array", "items": _TEXT, "minItems": 1},
    "learningEventUrl": {"type": "string", "format": "uri"},
    "certificateDesignId": _TEXT,
    "badgeDesignId": _TEXT,
}
VALIDATOR = Draft202012Validator(
    {"type": "object", "properties": PROPERTIES}, validate_formats=True
)


def parse_changes(headers: Headers, body: bytes) -> Changes:
    """Return the known fields of a request body; raises `ApiError` if the body is invalid."""
    if not _is_json(headers.getlist("content-type")):
        raise ApiError("invalid_json", "the Content-Type must be application/json, in UTF-8")
    try:
        value = parse_json(body)
        if isinstance(value, dict):
            sent = cast("dict[str, object]", value)
            value = {name: sent[name] for name in PROPERTIES if name in sent}
        problem = first_error(VALIDATOR, value)
    except ValueError as error:
        raise ApiError("invalid_json", str(error)) from error
    if problem:
        raise ApiError("validation_error", problem)
    changes = cast("Changes", value)
    if "designIds" in changes and LEGACY_FIELDS & changes.keys():
        both = "designIds: must not be sent together with certificateDesignId or badgeDesignId"
        raise ApiError("validation_error", both)
    return changes


def _is_json(content_types: list[str]) -> bool:
    if len(content_types) != 1:
        return False
    header = Message()
    header["Content-Type"] = content_types[0]
    charset = str(header.get_param("charset", "utf-8"))
    return header.get_content_type() == "application/json" and charset.lower() == "utf-8"
