"""What the page leaves open, decided in another way than the service does: not one is a fault."""

from typing import Any

from contract.independent.named_fault import Fault, fault, showing
from contract.independent.service import ERRORS, LEGACY, Fields, Rejected, Request, Service


def coded(**other: tuple[int, str]) -> Any:
    """Return a step that gives errors another status and message."""
    return lambda self, code: {**ERRORS, **other}[code]


def ignoring_null(self: Service, value: Any) -> Fields:
    """Ignore fields that are null."""
    fields = Service.fields(self, value)
    return {name: value for name, value in fields.items() if value is not None}


def strict(self: Service, fields: Fields) -> None:
    """Reject fields that are not known, and designs that are there twice."""
    designs = fields.get("designIds")
    if fields.keys() - self.checks().keys():
        raise Rejected("validation_error")
    Service.validate(self, fields)
    if designs and len(set(designs)) < len(designs):
        raise Rejected("validation_error")


def both(self: Service, fields: Fields) -> None:
    """Accept designIds together with the legacy fields, if each is valid."""
    for name, value in fields.items():
        Service.validate(self, {name: value})


def version_first(self: Service, request: Request) -> str:
    """Check the version before the token."""
    self.check_version(request)
    return Service.authenticate(self, request)


CHOICES: list[Fault] = [
    fault("null-ignored", "A field that is null is ignored.", fields=ignoring_null),
    fault(
        "null-clears-the-url",
        "A URL may be null, and then there is none.",
        is_url=lambda self, value: value is None or Service.is_url(self, value),
    ),
    fault("unknown-rejected", "Unknown fields and repeated designs are rejected.", validate=strict),
    fault(
        "both-shapes-accepted",
        "Of both shapes, the legacy fields are stored last.",
        validate=both,
    ),
    fault(
        "legacy-always-shown",
        "The legacy fields are in each response, null if there are none.",
        shown=lambda self, template, fields: dict(template),
    ),
    fault(
        "legacy-shown-only-when-sent",
        "The legacy fields are only in the response to a legacy request.",
        shown=lambda self, template, fields: {
            name: value
            for name, value in template.items()
            if self.is_legacy(fields) or name not in LEGACY
        },
    ),
    fault(
        "reading-is-a-change",
        "A request without fields sets updatedAt.",
        change=lambda self, template, fields: template.update(
            self.changes(template, fields) | self.times()
        ),
    ),
    fault(
        "more-shown",
        "A template has more fields than the page shows.",
        shown=showing(lambda shown: shown | {"organizationId": "o1", "archivedAt": None}),
    ),
    fault(
        "other-statuses",
        "Methods, content types and values are rejected with other statuses.",
        error=coded(
            unauthorized=(401, "Unauthorized"),
            wrong_method=(404, "The requested resource does not exist"),
            unsupported_media_type=(400, "The body is not JSON"),
            validation_error=(422, "The body is not as documented"),
        ),
    ),
    fault(
        "errors-say-more",
        "Errors have further fields.",
        error_body=lambda self, code, message: {
            "error": {"code": code, "message": message, "details": []},
            "requestId": "r1",
        },
    ),
    fault(
        "version-before-token",
        "The version is checked before the token.",
        authenticate=version_first,
    ),
    fault(
        "empty-version-is-invalid",
        "An empty version is an invalid one.",
        version=lambda self, request: (
            Service.version(self, request) or "?" * ("certifier-version" in request.headers)
        ),
    ),
    fault(
        "name-limited",
        "A name has 1 to 255 characters.",
        is_name=lambda self, value: isinstance(value, str) and 0 < len(value) < 256,
    ),
]
