"""The options of the control API; error messages quote the descriptions."""

from typing import Any

from jsonschema_rs import Draft202012Validator

from certifier_sandbox.api_error import ERRORS
from certifier_sandbox.organizations import ORGANIZATIONS

TEXT_OR_NULL = {"type": ["string", "null"]}
TIME = {"type": "string", "format": "date-time"}

NO_OPTIONS: dict[str, Any] = {"description": "no body", "properties": {}}

TEMPLATE: dict[str, Any] = {
    "description": (
        "organization (premium, free or second), and optionally id, name, learningEventUrl, "
        "designIds, certificateDesignId, badgeDesignId, createdAt, updatedAt"
    ),
    "required": ["organization"],
    "properties": {
        "organization": {"enum": [organization.name for organization in ORGANIZATIONS]},
        "id": {"type": "string", "pattern": "^[^/]+$"},
        "name": {"type": "string"},
        "learningEventUrl": TEXT_OR_NULL,
        "designIds": {"type": "array", "items": {"type": "string"}},
        "certificateDesignId": TEXT_OR_NULL,
        "badgeDesignId": TEXT_OR_NULL,
        "createdAt": TIME,
        "updatedAt": TIME,
    },
}

INJECTION: dict[str, Any] = {
    "description": (
        "status (200 to 599) with json or text and headers, or error (a code) with headers, "
        "or drop: true, or only delay; and optionally delay (seconds) and times"
    ),
    "properties": {
        "error": {"enum": list(ERRORS)},
        "status": {"type": "integer", "minimum": 200, "maximum": 599},
        "json": {},
        "text": {"type": "string"},
        "headers": {
            "type": "object",
            "propertyNames": {"pattern": r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"},
            # What is valid in a header: Latin-1 without control characters and outer spaces.
            "additionalProperties": {
                "type": "string",
                "pattern": r"^([!-~\u00a1-\u00ff]([\t -~\u00a0-\u00ff]*[!-~\u00a1-\u00ff])?)?$",
            },
        },
        "delay": {"type": "number", "minimum": 0, "maximum": 3600},
        "drop": {"const": True},
        "times": {"type": "integer", "minimum": 1, "maximum": 1000},
    },
    "anyOf": [{"required": [name]} for name in ("status", "error", "drop", "delay")],
    "dependentSchemas": {
        "status": {"properties": {"error": False, "drop": False}},
        "error": {"properties": {"json": False, "text": False, "drop": False}},
        "drop": {"properties": {"json": False, "text": False, "headers": False}},
        "json": {"properties": {"text": False}},
        "headers": {"anyOf": [{"required": ["status"]}, {"required": ["error"]}]},
    },
    "dependentRequired": {"json": ["status"], "text": ["status"]},
}

RATE_LIMIT: dict[str, Any] = {
    "description": "requests (1 or more), and optionally seconds, the window (default 1)",
    "required": ["requests"],
    "properties": {
        "requests": {"type": "integer", "minimum": 1},
        "seconds": {"type": "number", "exclusiveMinimum": 0, "maximum": 86400},
    },
}

CLOCK: dict[str, Any] = {
    "description": "now, a time such as 2022-01-01T00:00:00.000Z",
    "required": ["now"],
    "properties": {"now": TIME},
}

ADVANCE: dict[str, Any] = {
    "description": "seconds, a number",
    "required": ["seconds"],
    "properties": {"seconds": {"type": "number"}},
}


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """Return a validator that checks formats and rejects unknown fields, which may be typos."""
    return Draft202012Validator(
        {"type": "object", "additionalProperties": False, **schema}, validate_formats=True
    )
