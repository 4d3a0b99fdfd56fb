"""Mistakes with methods, paths, ids and bodies."""

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote

from contract.independent.named_fault import failing, fault, status
from contract.independent.service import (
    Fields,
    Request,
    Response,
    Service,
    page_example,
)


def taken_for_patch(method: str) -> Any:
    """Return a step that takes another method for PATCH."""
    return lambda self, request: "PATCH" if request.method == method else request.method


def overriding(name: str, only: str) -> Any:
    """Return a step that takes the method from a header, in requests with one method."""
    return lambda self, request: (
        request.headers.get(name, request.method).upper()
        if request.method == only
        else request.method
    )


def put(self: Service, request: Request) -> Response:
    """Take PUT for a replacement of all fields."""
    if request.method != "PUT":
        return Service.respond(self, request)
    template = self.templates.get(request.path.rpartition("/")[2], {})
    template.update({"name": "", "learningEventUrl": None, "designIds": []})
    return Service.respond(self, replace(request, method="PATCH"))


def prefixed(self: Service, template_id: str) -> str:
    """Find a template by the beginning of its id."""
    return next((known for known in self.templates if known.startswith(template_id)), template_id)


def created(self: Service, template_id: str, organization: str) -> Fields:
    """Create a template that there is not."""
    if template_id not in self.templates:
        self.templates[template_id] = page_example(template_id)
        self.owners[template_id] = organization
    return Service.find(self, template_id, organization)


def first_found(self: Service, template_id: str, organization: str) -> Fields:
    """Find the organization's first template in place of one that there is not."""
    mine = [known for known, owner in self.owners.items() if owner == organization]
    known = template_id in self.templates
    return Service.find(self, template_id if known else mine[0], organization)


def named_in_body(self: Service, template: Fields, fields: Fields) -> None:
    """Change the template whose id the body has."""
    Service.change(self, self.templates.get(fields.get("id", ""), template), fields)


def body(status: int, text: bytes, content_type: str = "application/json") -> Any:
    """Return a change that makes a response another one."""
    return lambda response: Response(status, {"content-type": content_type}, text)


def or_empty(self: Service, data: bytes) -> Any:
    """Take what is not JSON for an empty object."""
    try:
        return Service.load(self, data)
    except ValueError:
        return {}


def form(self: Service, request: Request) -> Fields:
    """Also read what a form sends."""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(request.body.decode()))
    return Service.parse(self, request)


def crashed(self: Service, data: bytes) -> Any:
    """Have errors in JSON escape."""
    try:
        return Service.load(self, data)
    except ValueError as error:
        raise RuntimeError from error


def unknown_rejected_late(self: Service, fields: Fields) -> None:
    """Crash at a field that there is not."""
    for name in fields:
        if name not in self.checks():
            raise KeyError(name)
    Service.validate(self, fields)


FAULTS = [
    fault("put-is-patch", "PUT does what PATCH does.", method=taken_for_patch("PUT")),
    fault("post-is-patch", "POST does what PATCH does.", method=taken_for_patch("POST")),
    fault("head-is-patch", "HEAD with a body changes.", method=taken_for_patch("HEAD")),
    fault(
        "override-makes-post-patch",
        "A POST is what X-HTTP-Method-Override says.",
        method=overriding("x-http-method-override", "POST"),
    ),
    fault(
        "override-takes-patch-away",
        "A PATCH is what X-HTTP-Method-Override says.",
        method=overriding("x-http-method-override", "PATCH"),
    ),
    fault(
        "method-in-query-honoured",
        "A POST is what _method in the query says.",
        method=lambda self, request: (
            "PATCH" if "_method=PATCH" in request.query else request.method
        ),
    ),
    fault(
        "wrong-method-is-500",
        "A method that there is not is an internal error.",
        error=status("wrong_method", 500),
    ),
    fault(
        "id-case-ignored",
        "Ids are compared without their case.",
        template_id=lambda self, template_id: template_id.lower(),
    ),
    fault(
        "id-letters-are-digits",
        "In an id, o, i and l are 0 and 1, as when a ULID is typed in.",
        template_id=lambda self, template_id: template_id.translate(
            str.maketrans("oilOIL", "011011")
        ),
    ),
    fault(
        "id-trimmed",
        "White space around an id is removed.",
        template_id=lambda self, template_id: template_id.strip(),
    ),
    fault(
        "id-decoded-twice",
        "The id in the path is percent-decoded twice.",
        template_id=lambda self, template_id: unquote(template_id),
    ),
    fault("id-start-suffices", "The beginning of an id is enough.", template_id=prefixed),
    fault("id-in-body-preferred", "An id in the body names what changes.", change=named_in_body),
    fault("unknown-id-created", "An unknown id creates a template.", find=created),
    fault("unknown-id-is-the-first", "An unknown id is the first template.", find=first_found),
    fault(
        "unknown-id-is-500",
        "An unknown id is an internal error.",
        find=lambda self, template_id, organization: (
            self.templates[template_id] and Service.find(self, template_id, organization)
        ),
    ),
    fault("unknown-id-is-400", "An unknown id is a 400.", error=status("not_found", 400)),
    fault(
        "unknown-id-is-null",
        "An unknown id is a 200 with null.",
        failure=failing(body(200, b"null"), "not_found"),
    ),
    fault(
        "unknown-id-is-204",
        "An unknown id is a 204.",
        failure=failing(lambda response: Response(204, {}, b""), "not_found"),
    ),
    fault(
        "unknown-id-has-code-of-resource",
        "An unknown id has the code group_not_found.",
        error_body=lambda self, code, message: Service.error_body(
            self, "group_not_found" if code == "not_found" else code, message
        ),
    ),
    fault("broken-json-is-empty", "What is not JSON is an empty object.", load=or_empty),
    fault("broken-json-is-500", "What is not JSON is an internal error.", load=crashed),
    fault(
        "text-after-json-accepted",
        "What follows the JSON does not matter.",
        load=lambda self, data: json.JSONDecoder().raw_decode(data.decode().lstrip())[0],
    ),
    fault(
        "trailing-comma-accepted",
        "There may be a comma behind the last field.",
        load=lambda self, data: Service.load(self, re.sub(rb",\s*}", b"}", data)),
    ),
    fault(
        "invalid-utf-8-accepted",
        "Bytes that are not UTF-8 are replaced.",
        load=lambda self, data: Service.load(self, data.decode(errors="replace").encode()),
    ),
    fault(
        "body-read-as-latin-1",
        "The body is read as Latin-1.",
        load=lambda self, data: json.loads(data.decode("latin-1")),
    ),
    fault(
        "any-value-is-an-object",
        "A body that is not an object counts as an empty one.",
        fields=lambda self, value: value if isinstance(value, dict) else {},
    ),
    fault(
        "null-is-an-object",
        "The body null counts as an empty object.",
        fields=lambda self, value: {} if value is None else Service.fields(self, value),
    ),
    fault(
        "list-is-unpacked",
        "A list counts as its first object.",
        fields=lambda self, value: Service.fields(
            self, value[0] if isinstance(value, list) and value else value
        ),
    ),
    fault(
        "other-value-is-500",
        "A body that is not an object is a crash, shown in HTML.",
        fields=lambda self, value: dict(value.items()),
        crash=lambda self: Response(500, {"content-type": "text/html"}, b"<h1>AttributeError</h1>"),
    ),
    fault("unknown-field-is-500", "An unknown field is a crash.", validate=unknown_rejected_late),
    fault("form-accepted", "A form is read as well.", parse=form),
    fault(
        "any-content-type-accepted",
        "The content type is not looked at.",
        is_json=lambda self, content_type: True,
    ),
    fault(
        "charset-rejected",
        "A content type with a charset is rejected.",
        is_json=lambda self, content_type: content_type == "application/json",
    ),
    fault(
        "content-type-in-one-case",
        "A content type in upper case is rejected.",
        is_json=lambda self, content_type: content_type.partition(";")[0] == "application/json",
    ),
    fault(
        "wrong-content-type-is-500",
        "Another content type is a crash.",
        error=status("unsupported_media_type", 500),
    ),
    fault(
        "query-is-part-of-the-body",
        "Fields in the query are changed too.",
        parse=lambda self, request: Service.parse(self, request) | dict(parse_qsl(request.query)),
    ),
    fault(
        "empty-object-rejected",
        "A request without a field is rejected.",
        validate=lambda self, fields: Service.validate(self, fields or {"name": None}),
    ),
    fault(
        "empty-object-resets",
        "A request without a field resets the template.",
        change=lambda self, template, fields: (
            Service.change(self, template, fields)
            if fields
            else template.update(page_example(template["id"]))
        ),
    ),
    fault(
        "validation-error-is-500",
        "A field of the wrong type is an internal error.",
        error=status("validation_error", 500),
    ),
]
