"""The documented service, written from the vendor's page: each method is a step of a request.

A fault replaces some of the steps. Where nothing is published, the comment says what was chosen.
"""

import json
import re
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

TOKEN = "cfp_Qx7RkV2mWb9TzL4nHc8JpD3sFy6GtA1eUo5i"
OTHER_TOKEN = "cfp_Hd4MwZ8qKs2YvN6bRj9XgT3fPc7LaE5uBo1n"
FREE_TOKEN = "cfp_Nf3VtS9xPk7CzW2gQm5RhB8dJy4LeA6oGu1i"
TEMPLATE = "01g90279gp5sbmfek7wymcsvec"
SIBLING = "01gb4w7r2d9fk3n5p8s1t6v0xy"
OTHER_TEMPLATE = "01gc5x8s3e0gm4p6q9t2v7w1yz"
FREE_TEMPLATE = "01gd6y9t4f1hn5q7r0v3w8x2za"
CERTIFICATE, BADGE = "01fpwtztwf7sacca5r0c483mnm", "01hz2ej4yzdcfkq9fa78nhyj0x"
VERSION = "2022-10-26"
LEGACY = ("certificateDesignId", "badgeDesignId")
# Status and message of each code; the page has the first six. The code of a 405 and of a 415, and
# the texts of the last five, are chosen.
ERRORS = {
    "missing_version": (400, "The request is missing the required Certifier-Version header"),
    "unauthorized": (401, "A valid authentication token was not provided with the request"),
    "payment_required": (402, "The requested feature is only available to premium organizations"),
    "not_found": (404, "The requested resource does not exist"),
    "rate_limited": (429, "You have exceeded the rate limit"),
    "internal_server_error": (500, "There was a problem on Certifier's end"),
    "invalid_version": (400, f"The only version is {VERSION}"),
    "invalid_json": (400, "The body is not JSON"),
    "validation_error": (400, "The body is not as documented"),
    "wrong_method": (405, "Only PATCH is possible"),
    "unsupported_media_type": (415, "Only application/json is possible"),
}
HEADERS = {
    401: {"www-authenticate": "Bearer"},
    405: {"allow": "PATCH"},
    429: {"retry-after": "1"},
}
URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+"
)

Fields = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """A request: its path is still percent-encoded, the names of its headers in lower case."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """A response to a request."""

    status: int
    headers: dict[str, str]
    body: bytes


class Rejected(Exception):  # noqa: N818 - what the request is
    """The request is rejected with a code of ERRORS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def page_example(template_id: str) -> Fields:
    """Return a template as in the page's example."""
    return {
        "id": template_id,
        "name": "Financial Markets",
        "learningEventUrl": "https://www.coursera.org/learn/financial-markets-global",
        "designIds": [CERTIFICATE, BADGE],
        "certificateDesignId": CERTIFICATE,
        "badgeDesignId": BADGE,
        "createdAt": "2022-01-01T00:00:00.000Z",
        "updatedAt": "2022-01-01T00:00:00.000Z",
    }


class Service:
    """The correct service, with the templates of three organizations."""

    def __init__(
        self, limit: int = 3, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Take how many requests each token has in a second, and the clock."""
        self.most, self.clock = limit, clock
        self.tokens = {TOKEN: "first", OTHER_TOKEN: "other", FREE_TOKEN: "free"}
        self.owners = {TEMPLATE: "first", SIBLING: "first"}
        self.owners |= {OTHER_TEMPLATE: "other", FREE_TEMPLATE: "free"}
        self.templates = {template_id: page_example(template_id) for template_id in self.owners}
        self.recent: dict[str, deque[float]] = defaultdict(deque)
        self.memory: dict[str, Any] = {}  # of faults

    def respond(self, request: Request) -> Response:
        """Respond to a request, whatever it is."""
        try:
            return self.success(self.update(request))
        except Rejected as rejected:
            return self.failure(rejected.code)
        except Exception:  # noqa: BLE001 - a fault may crash, as a real service may
            return self.crash()

    def update(self, request: Request) -> Fields:
        """Take the steps in their order; that of the checks is chosen."""
        template_id = self.route(request)
        organization = self.authenticate(request)
        self.limit(organization)
        self.check_version(request)
        fields = self.parse(request)
        self.validate(fields)
        template = self.find(template_id, organization)
        self.check_plan(organization, fields)
        self.change(template, fields)
        return self.shown(template, fields)

    def route(self, request: Request) -> str:
        """Return the id in the path; a slash at the end is part of no path (chosen)."""
        match = re.fullmatch("/v1/groups/([^/]+)", request.path)
        if match is None:
            raise Rejected("not_found")
        if self.method(request) != "PATCH":
            raise Rejected("wrong_method")
        return self.template_id(unquote(match[1]))

    def method(self, request: Request) -> str:
        """Return the method, which no header and no parameter replaces."""
        return request.method

    def template_id(self, template_id: str) -> str:
        """Return the id to look for."""
        return template_id

    def authenticate(self, request: Request) -> str:
        """Return the organization whose token was sent."""
        organization = self.organization(self.token(request))
        if organization is None:
            raise Rejected("unauthorized")
        return organization

    def token(self, request: Request) -> str:
        """Return the token of the Authorization header, empty if there is none."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else ""

    def organization(self, token: str) -> str | None:
        """Return the organization that a token belongs to."""
        return self.tokens.get(token)

    def limit(self, organization: str) -> None:
        """Reject more requests than an organization has in a second; the number is chosen."""
        now, recent = self.clock().timestamp(), self.recent[organization]
        while recent and recent[0] <= now - 1:
            recent.popleft()
        if len(recent) >= self.most:
            raise Rejected("rate_limited")
        recent.append(now)

    def check_version(self, request: Request) -> None:
        """Demand the only version; an empty one counts as missing (chosen)."""
        version = self.version(request)
        if not version:
            raise Rejected("missing_version")
        if not self.is_known(version):
            raise Rejected("invalid_version")

    def version(self, request: Request) -> str:
        """Return the version of the header, empty if there is none."""
        return request.headers.get("certifier-version", "")

    def is_known(self, version: str) -> bool:
        """Whether there is such a version."""
        return version == VERSION

    def parse(self, request: Request) -> Fields:
        """Return the fields in the body."""
        content_type = request.headers.get("content-type", "")
        if not self.is_json(content_type):
            raise Rejected("unsupported_media_type")
        try:
            value = self.load(request.body)
        except (ValueError, RecursionError) as error:
            raise Rejected("invalid_json") from error
        return self.fields(value)

    def is_json(self, content_type: str) -> bool:
        """Whether a content type is JSON, with whatever parameters."""
        return content_type.partition(";")[0].strip().lower() == "application/json"

    def load(self, body: bytes) -> Any:
        """Return the value that the body holds; raise ValueError if it holds none."""
        text = body.decode()
        value = json.loads(text, parse_constant=lambda name: json.loads("?" + name))
        json.dumps(value, ensure_ascii=False).encode()  # no lone surrogates (chosen)
        return value

    def fields(self, value: Any) -> Fields:
        """Return the value if it is an object; fields that are not known are ignored (chosen)."""
        if not isinstance(value, dict):
            raise Rejected("validation_error")
        return value

    def validate(self, fields: Fields) -> None:
        """Reject values that are not as documented; null is not (chosen), nor both shapes."""
        for name, value in fields.items():
            check = self.checks().get(name)
            if check is not None and not check(value):
                raise Rejected("validation_error")
        if "designIds" in fields and self.is_legacy(fields):
            raise Rejected("validation_error")

    def checks(self) -> dict[str, Callable[[Any], bool]]:
        """Return what is checked of each field."""
        checks = {"name": self.is_name, "learningEventUrl": self.is_url}
        return checks | {"designIds": self.is_designs} | dict.fromkeys(LEGACY, self.is_name)

    def is_name(self, value: Any) -> bool:
        """Whether it is a string; an empty one is a name (chosen)."""
        return isinstance(value, str)

    def is_url(self, value: Any) -> bool:
        """Whether it has the format of a URI."""
        return isinstance(value, str) and URI.fullmatch(value) is not None

    def is_designs(self, value: Any) -> bool:
        """Whether it is a list of at least one string; there may be duplicates (chosen)."""
        return isinstance(value, list) and bool(value) and all(map(self.is_name, value))

    def is_legacy(self, fields: Fields) -> bool:
        """Whether the request has the legacy shape."""
        return not fields.keys().isdisjoint(LEGACY)

    def find(self, template_id: str, organization: str) -> Fields:
        """Return the template, if it is one of the organization's."""
        if self.owners.get(template_id) != organization:
            raise Rejected("not_found")
        return self.templates[template_id]

    def check_plan(self, organization: str, fields: Fields) -> None:
        """Demand a premium organization for designs, in either shape."""
        if organization == "free" and ("designIds" in fields or self.is_legacy(fields)):
            raise Rejected("payment_required")

    def change(self, template: Fields, fields: Fields) -> None:
        """Set the fields that were sent; a request without one changes nothing (chosen)."""
        changes = self.changes(template, fields)
        if changes:
            template |= changes | self.times()

    def changes(self, template: Fields, fields: Fields) -> Fields:
        """Return the new values of a template."""
        changes: Fields = {}
        if "name" in fields:
            changes["name"] = self.new_name(fields["name"])
        if "learningEventUrl" in fields:
            changes["learningEventUrl"] = self.new_url(fields["learningEventUrl"])
        if "designIds" in fields:
            changes = dict.fromkeys(LEGACY) | changes
            changes["designIds"] = self.new_designs(fields["designIds"], template["designIds"])
        if self.is_legacy(fields):
            changes |= self.new_legacy(template, fields)
        return changes

    def new_name(self, name: Any) -> Any:
        """Return the name to store."""
        return name

    def new_url(self, url: Any) -> Any:
        """Return the URL to store."""
        return url

    def new_designs(self, designs: Any, before: list[Any]) -> Any:
        """Return the designs to store."""
        return designs

    def new_legacy(self, template: Fields, fields: Fields) -> Fields:
        """Return both legacy fields, and designs that are the same ones (chosen)."""
        pair = {name: fields.get(name, template[name]) for name in LEGACY}
        return pair | {"designIds": [value for value in pair.values() if value is not None]}

    def times(self) -> Fields:
        """Return the times that a change sets."""
        return {"updatedAt": self.timestamp(self.clock())}

    def timestamp(self, time: datetime) -> Any:
        """Return a time as the page writes it."""
        return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def shown(self, template: Fields, fields: Fields) -> Fields:
        """Return the template, with the legacy fields after a legacy request or if it has them."""
        legacy = self.is_legacy(fields) or any(template[name] for name in LEGACY)
        return {name: value for name, value in template.items() if legacy or name not in LEGACY}

    def success(self, shown: Any) -> Response:
        """Respond with a template."""
        return Response(200, {"content-type": "application/json"}, self.dump(shown))

    def failure(self, code: str) -> Response:
        """Respond with an error."""
        status, message = self.error(code)
        headers = {"content-type": "application/json"} | HEADERS.get(status, {})
        return Response(status, headers, self.dump(self.error_body(code, message)))

    def crash(self) -> Response:
        """Respond with the documented internal error."""
        return self.failure("internal_server_error")

    def error(self, code: str) -> tuple[int, str]:
        """Return status and message of an error."""
        return ERRORS[code]

    def error_body(self, code: str, message: str) -> Any:
        """Return what the body of an error says."""
        return {"error": {"code": code, "message": message}}

    def dump(self, value: Any) -> bytes:
        """Write a body."""
        return json.dumps(value, ensure_ascii=False).encode()
