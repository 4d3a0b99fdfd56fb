"""The JSON Schemas of the document, and the URL of its server."""

from typing import Any

SERVER = "https://api.certifier.io"

COMPONENTS: dict[str, Any] = {
    "CredentialTemplateUpdate": {
        "type": "object",
        "properties": {
            "name": {
                "type": "string",
                "description": "The name of the credential template (group) that is used as [group.name] attribute later on",
            },
            "designIds": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string"},
                "description": "Replaces the ordered list of design template IDs associated with the credential template.",
            },
            "learningEventUrl": {
                "type": "string",
                "format": "uri",
                "description": "The learning event's URL that is shown in the digital wallet",
            },
        },
    },
    "CredentialTemplate": {
        "type": "object",
        "required": ["id", "name", "learningEventUrl", "designIds", "createdAt", "updatedAt"],
        "properties": {
            "id": {
                "type": "string",
                "description": "The unique ID of the credential template (group).",
            },
            "name": {
                "type": "string",
                "description": "The name of the credential template (group) that is used as [group.name] attribute later on",
            },
            "learningEventUrl": {
                "type": ["string", "null"],
                "description": "The learning event's URL that is shown in the digital wallet",
            },
            "designIds": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The ordered list of design template IDs associated with the credential template.",
            },
            "certificateDesignId": {
                "type": ["string", "null"],
                "deprecated": True,
                "description": "Legacy. Temporarily included for compatibility with the legacy request shape.",
            },
            "badgeDesignId": {
                "type": ["string", "null"],
                "deprecated": True,
                "description": "Legacy. Temporarily included for compatibility with the legacy request shape.",
            },
            "createdAt": {"type": "string", "format": "date-time"},
            "updatedAt": {"type": "string", "format": "date-time"},
        },
    },
    "ErrorResponse": {
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"$ref": "#/components/schemas/ErrorDetails"}},
    },
    "ErrorDetails": {
        "type": "object",
        "required": ["code", "message"],
        "properties": {
            "code": {"anyOf": [{"$ref": "#/components/schemas/ErrorCode"}, {"type": "string"}]},
            "message": {"type": "string"},
        },
    },
    "ErrorCode": {
        "type": "string",
        "enum": [
            "missing_version",
            "unauthorized",
            "payment_required",
            "not_found",
            "rate_limited",
            "internal_server_error",
        ],
    },
}

OPERATIONS: dict[str, Any] = {
    "PATCH /v1/groups/{}": {
        "path id": {
            "description": "The unique ID of the credential template (group).",
            "type": "string",
        },
        "header Certifier-Version": {
            "description": "API version header. Required for all requests.",
            "type": "string",
            "default": "2022-10-26",
        },
        "body name": {
            "type": "string",
            "description": "The name of the credential template (group) that is used as [group.name] attribute later on",
        },
        "body designIds": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string"},
            "description": "Replaces the ordered list of design template IDs associated with the credential template.",
        },
        "body learningEventUrl": {
            "type": "string",
            "format": "uri",
            "description": "The learning event's URL that is shown in the digital wallet",
        },
        "body": {"$ref": "#/components/schemas/CredentialTemplateUpdate"},
        "success": {"200": {"$ref": "#/components/schemas/CredentialTemplate"}},
    }
}
