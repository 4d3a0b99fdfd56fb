"""A model of the documented service: its response to a request, and the state that it keeps.

It does no I/O, and shares no code with the sandbox or the client. The schema and the error texts
are from openapi.yaml. The rest follows the page's prose, or, where the page does not say, the
decisions in the sandbox's README.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

import jsonschema_rs
import orjson

LEGACY = ("certificateDesignId", "badgeDesignId")
DESIGNS = ("designIds", *LEGACY)
# Codes without a message on the page: three are from other pages, that of the 405 is ours.
UNDOCUMENTED = {
    "invalid_version": 400,
    "invalid_json": 400,
    "validation_error": 400,
    "method_not_allowed": 405,
}


@dataclass(frozen=True)
class Request:
    """A request as sent on the wire."""

    method: str = "PATCH"
    target: str = "/v1/groups/01g90279gp5sbmfek7wymcsvec"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b"{}"

    def values(self, name: str) -> list[str]:
        """Return the values of a header, in order."""
        return [value for other, value in self.headers if other.lower() == name.lower()]


@dataclass(frozen=True)
class Response:
    """A status, a JSON body and the relevant headers. A message of None means any message.

    Attributes:
        fact: the fact in facts.toml that requires it; empty if the page leaves it open.
        others: further codes that the page allows, because it gives no order of checks.

    """

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    fact: str = ""
    others: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Tenant:
    """An organization: its name, and whether it may change designs."""

    name: str
    premium: bool


class Rejected(Exception):  # noqa: N818 - a response, not a mistake
    """The service rejects the request with a documented code, because of a fact of the page."""

    def __init__(self, code: str, fact: str = "", *others: str, **headers: str) -> None:
        super().__init__(code)
        self.code = code
        self.fact = fact
        self.others = others
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Model:
    """The state of the service: tenants by token, templates by id, and the time."""

    def __init__(self, document: Any, tenants: Mapping[str, Tenant], now: str) -> None:
        """Take openapi.yaml, the organizations by token, and the time."""
        operation = document["paths"]["/v1/groups/{id}"]["patch"]
        self._version = operation["parameters"][1]["example"]
        self._judge = jsonschema_rs.Draft202012Validator(
            {**document, "$ref": "#/components/schemas/CredentialTemplateUpdate"},
            validate_formats=True,
        )
        self.fields: list[str] = list(
            document["components"]["schemas"]["CredentialTemplateUpdate"]["properties"]
        )
        self._errors = {
            code: (int(status), example["value"])
            for status, response in operation["responses"].items()
            for code, example in response["content"]["application/json"]["examples"].items()
            if status != "200"
        }
        self.tenants = tenants
        self.now = now
        self.templates: dict[str, dict[str, Any]] = {}
        # Organizations that have reached their rate limit.
        self.limited: set[str] = set()

    def response(self, request: Request) -> Response:
        """Return the response of the service, and update the state."""
        mistakes: list[Rejected] = []
        template, sent = self._understood(request, mistakes)
        if mistakes:
            first, *rest = mistakes
            codes = {first.code, *first.others}.union(*({m.code, *m.others} for m in rest))
            # The page does not say whether a query is allowed.
            codes |= {"validation_error"} if "?" in request.target else set()
            return replace(
                self.error(first.code, first.headers),
                fact=first.fact if all(mistake.fact for mistake in mistakes) else "",
                others=frozenset(codes - {first.code}),
            )
        fact = _fact_of_success(request, sent, template)
        self._set(template, sent)
        returned = ["id", *self.fields, "createdAt", "updatedAt"]
        if sent.keys() & set(LEGACY):
            returned += LEGACY
        return Response(200, {name: template[name] for name in returned}, fact=fact)

    def error(self, code: str, headers: Mapping[str, str] | None = None) -> Response:
        """Return the response for a code: the page's example, or any message for other codes."""
        if code in self._errors:
            status, body = self._errors[code]
            return Response(status, body, headers or {})
        body = {"error": {"code": code, "message": None}}
        return Response(UNDOCUMENTED[code], body, headers or {})

    def can_send(self, fields: Mapping[str, Any]) -> bool:
        """Return whether the page allows these fields in a request."""
        return self._judge.is_valid(fields)

    def _understood(
        self, request: Request, mistakes: list[Rejected]
    ) -> tuple[dict[str, Any], Mapping[str, Any]]:
        """Return the template and the fields to set; append mistakes in the order of the checks."""

        def tried(check: Callable[..., Any], *args: Any) -> Any:
            try:
                return check(*args)
            except Rejected as rejected:
                mistakes.append(rejected)
                return {}

        template_id = tried(_template_id, request)
        if mistakes:
            return {}, {}
        tenant = tried(self._authenticated, request)
        if tenant and tenant.name in self.limited:
            mistakes.append(Rejected("rate_limited", "rate-limited", Retry_After="1"))
        tried(self._check_version, request)
        sent = tried(self._fields_of, request)
        template = tried(self._template, template_id, tenant)
        if tenant and not tenant.premium and template and sent.keys() & set(DESIGNS):
            mistakes.append(Rejected("payment_required", "payment-required"))
        return template, sent

    def _authenticated(self, request: Request) -> Tenant:
        values = request.values("authorization")
        credentials = re.fullmatch(r"(?i:bearer) +(.*)", values[0]) if len(values) == 1 else None
        if credentials is None or credentials[1] not in self.tenants:
            fact = "access-token" if len(values) < 2 else ""
            raise Rejected("unauthorized", fact, WWW_Authenticate="Bearer")
        return self.tenants[credentials[1]]

    def _check_version(self, request: Request) -> None:
        versions = request.values("certifier-version")
        if not versions:
            raise Rejected("missing_version", "version-required")
        if versions != [self._version]:
            fact = "version-required" if len(versions) == 1 else ""
            others = [] if versions[0].strip() else ["missing_version"]
            raise Rejected("invalid_version", fact, *others)

    def _template(self, template_id: str, tenant: Tenant | Mapping[str, Any]) -> dict[str, Any]:
        template = self.templates.get(template_id)
        if template and (not isinstance(tenant, Tenant) or template["organization"] == tenant.name):
            return template
        # The page does not define a format of ids: an id of another format may be called invalid.
        documented = any(
            re.fullmatch(f"[0-9a-z]{{{len(id_)}}}", template_id) for id_ in self.templates
        )
        # It does not say whether ids are case-sensitive either.
        in_another_case = template is None and template_id.lower() in self.templates
        fact = "" if in_another_case else "not-found"
        raise Rejected("not_found", fact, *([] if documented else ["validation_error"]))

    def _fields_of(self, request: Request) -> Mapping[str, Any]:
        data = _json_of(request)
        if not isinstance(data, dict):
            raise Rejected(
                "validation_error", "" if data is None else "request-body", "invalid_json"
            )
        for error in self._judge.iter_errors(data):
            raise Rejected("validation_error", _fact_of_mistake(str(error.instance_path[0]), data))
        legacy = {name: data[name] for name in LEGACY if name in data}
        if not all(isinstance(id_, str) for id_ in legacy.values()):
            raise Rejected("validation_error")
        if legacy and "designIds" in data:
            raise Rejected("validation_error")
        sent = {name: data[name] for name in self.fields if name in data} | legacy
        # The page has no minLength; this is a decision of the sandbox.
        if any(value == "" or (isinstance(value, list) and "" in value) for value in sent.values()):
            raise Rejected("validation_error")
        return sent

    def _set(self, template: dict[str, Any], sent: Mapping[str, Any]) -> None:
        if not sent:
            return
        template.update(sent)
        if "designIds" in sent:
            template.update(dict.fromkeys(LEGACY))
        elif sent.keys() & set(LEGACY):
            template["designIds"] = [
                template[name] for name in LEGACY if template[name] is not None
            ]
        template["updatedAt"] = max(template["updatedAt"], self.now)


# The page does not say that a service must accept every valid value. These are ordinary enough to
# be accepted by any service.
ORDINARY_URL = re.compile(r"(?i:https?://[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]+(:\d+)?([/?#][!-~]*)?)")
LONGEST_ORDINARY_NAME, LONGEST_ORDINARY_URL = 100, 200


def _fact_of_success(request: Request, sent: Mapping[str, Any], template: Mapping[str, Any]) -> str:
    """Return the fact that requires accepting the request; empty if the page does not say."""
    # The page mentions neither a query nor parameters of the content type.
    if {"%", "?"} & set(request.target) or not re.match(
        "Bearer [^ ]", request.values("authorization")[0]
    ):
        return ""
    if request.values("content-type") != ["application/json"]:
        return ""
    data = orjson.loads(request.body)
    if data.keys() != sent.keys() or sent.keys() & set(LEGACY):
        return ""
    name, url = sent.get("name", "a"), sent.get("learningEventUrl", "https://example.org")
    designs = sent.get("designIds", [])
    ordinary = (
        name.strip()
        and name.isprintable()
        and len(name) <= LONGEST_ORDINARY_NAME
        and ORDINARY_URL.fullmatch(url)
        and len(url) <= LONGEST_ORDINARY_URL
        and len(set(designs)) == len(designs)
        and set(designs) <= set(template.get("known", ()))
    )
    return "sets-what-is-passed" if ordinary else ""


def _fact_of_mistake(field_name: str, data: Mapping[str, Any]) -> str:
    """Return the fact that makes a value invalid; empty if the page does not say, as for null."""
    value = data[field_name]
    if value is None:
        return ""
    if field_name == "learningEventUrl" and isinstance(value, str):
        # If it has a scheme, services may disagree on whether it is a URI.
        return "" if re.match("[A-Za-z][A-Za-z0-9+.-]*:", value.strip()) else "url-format"
    if field_name == "designIds" and value == []:
        return "design-ids-items"
    return {"designIds": "design-ids", "learningEventUrl": "url"}.get(field_name, field_name)


def _template_id(request: Request) -> str:
    path, _, _ = request.target.partition("?")
    match = re.fullmatch("/v1/groups/([^/]+)", path)
    if match is None:
        raise Rejected("not_found")
    if request.method != "PATCH":
        raise Rejected("method_not_allowed", Allow="PATCH")
    return unquote(match[1])


def _json_of(request: Request) -> Any:
    types = request.values("content-type")
    kind, *parameters = types[0].lower().split(";") if len(types) == 1 else [""]
    charsets = [value.partition("=")[2].strip(' "') for value in parameters if "charset" in value]
    if kind.strip() != "application/json" or any(charset != "utf-8" for charset in charsets):
        raise Rejected("invalid_json")
    try:
        return orjson.loads(request.body)
    except orjson.JSONDecodeError:
        # The page does not forbid what a lenient parser accepts, such as NaN.
        raise Rejected("invalid_json", "" if _is_json(request.body) else "request-body") from None


def _is_json(body: bytes) -> bool:
    """Return whether Python's parser accepts a body, or it is empty, which may mean no body."""
    try:
        json.loads(body)
    except RecursionError:
        return True
    except ValueError:
        return not body.strip()
    return True
