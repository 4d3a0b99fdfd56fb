"""Services that decide in other ways what the page leaves open: the checks must not fail on them.

Unlike the choices of contract/independent, these are made with the checks in view: each is about
rows that are sent.
"""

import re
from typing import Any

from contract.independent.named_fault import Fault, fault
from contract.independent.service import LEGACY, Fields, Rejected, Request, Response, Service


def strict_values(self: Service, fields: Fields) -> None:
    """Reject unusual names, all URLs but web addresses, repeated designs and unknown fields."""
    Service.validate(self, fields)
    name, url = fields.get("name", "a"), fields.get("learningEventUrl", "http")
    designs = fields.get("designIds", [])
    usual = name.strip() and name.isprintable() and len(name) <= 100
    usual = usual and url[:4].lower() == "http" and len(set(designs)) == len(designs)
    if not usual or fields.keys() - self.checks().keys():
        raise Rejected("validation_error")


def strict_request(self: Service, request: Request) -> str:
    """Reject a query, and an id of another form."""
    if request.query or not re.fullmatch("/v1/groups/([0-9a-z]{26}|[^/]*/.*)", request.path):
        raise Rejected("validation_error")
    return Service.route(self, request)


def strict_designs(self: Service, fields: Fields) -> None:
    """Reject designs that do not exist, and more than two."""
    Service.validate(self, fields)
    designs = fields.get("designIds", [])
    if any(not design.startswith("01") for design in designs):
        raise Rejected("not_found")
    if len(designs) > 2:
        raise Rejected("payment_required")


def no_badges(self: Service, organization: str, fields: Fields) -> None:
    """Reject badges of organizations that may change designs."""
    Service.check_plan(self, organization, fields)
    if "badgeDesignId" in fields:
        raise Rejected("validation_error")


def instead(media: str, **statuses: int) -> Any:
    """Return a step that responds to some errors with a text and another status."""

    def failure(self: Service, code: str) -> Response:
        if code in statuses:
            return Response(statuses[code], {"content-type": media}, b"<p>")
        return Service.failure(self, code)

    return failure


def lenient_load(self: Service, body: bytes) -> Any:
    """Read no body, or one with NaN, as an empty object."""
    return {} if body == b"" or b"NaN" in body else Service.load(self, body)


def lenient_fields(self: Service, value: Any) -> Fields:
    """Ignore null, and the legacy fields beside designs."""
    fields = Service.fields(self, value)
    ignored = LEGACY if "designIds" in fields else ()
    return {k: v for k, v in fields.items() if v is not None and k not in ignored}


CHOICES: list[Fault] = [
    fault(
        "strict",
        "Whatever the page does not promise is rejected.",
        route=strict_request,
        validate=strict_values,
        token=lambda self, request: (
            Service.token(self, request)
            if request.headers.get("authorization", "").startswith("Bearer ")
            else ""
        ),
        failure=instead("text/plain", unsupported_media_type=415, wrong_method=405),
    ),
    fault(
        "strict-about-designs",
        "There are few designs, other methods are unknown, and other content types no fields.",
        validate=strict_designs,
        check_plan=no_badges,
        parse=lambda self, request: (
            Service.parse(self, request)
            if self.is_json(request.headers.get("content-type", ""))
            else {}
        ),
        failure=instead("text/html", wrong_method=501),
    ),
    fault(
        "lenient",
        "A body of any type is JSON, and GET reads.",
        is_json=lambda self, content_type: True,
        load=lenient_load,
        fields=lenient_fields,
        method=lambda self, request: request.method.replace("GET", "PATCH"),
        parse=lambda self, request: {} if request.method == "GET" else Service.parse(self, request),
    ),
]
