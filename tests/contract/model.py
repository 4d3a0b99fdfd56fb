"""A model of the documented service: how it responds to a request, and what it remembers. Pure.

It shares no code with the sandbox or the client. The schema of a body and the texts of errors come
from openapi.yaml; the rest follows the page's prose, or the decisions in the sandbox's README
where the page is silent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import jsonschema_rs
import orjson

LEGACY = ("certificateDesignId", "badgeDesignId")
DESIGNS = ("designIds", *LEGACY)
# Codes without a message on the page: three come from other pages, the one of a 405 is ours.
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
    """A status, a JSON body and the relevant headers; a message of None stands for any message."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tenant:
    """An organization: its name, and whether it may change designs."""

    name: str
    premium: bool


class Rejected(Exception):  # noqa: N818 - a response, not a mistake
    """The service rejects the request with a documented code."""

    def __init__(self, code: str, **headers: str) -> None:
        super().__init__(code)
        self.code = code
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Model:
    """The service: tenants by token, templates by id, and the time."""

    def __init__(self, document: Any, tenants: Mapping[str, Tenant], now: str) -> None:
        """Take openapi.yaml, the organizations by token, and the time."""
        operation = document["paths"]["/v1/groups/{id}"]["patch"]
        self._version = operation["parameters"][1]["example"]
        self._judge = jsonschema_rs.Draft202012Validator(
            {**document, "$ref": "#/components/schemas/CredentialTemplateUpdate"},
            validate_formats=True,
        )
        self._fields = list(
            document["components"]["schemas"]["CredentialTemplateUpdate"]["properties"]
        )
        self._errors = {
            code: (int(status), example["value"])
            for status, response in operation["responses"].items()
            for code, example in response["content"]["application/json"]["examples"].items()
            if status != "200"
        }
        self._tenants = tenants
        self.now = now
        self.templates: dict[str, dict[str, Any]] = {}

    def response(self, request: Request) -> Response:
        """Return the response of the service, and remember what it then knows."""
        try:
            return Response(200, self._update(request))
        except Rejected as rejected:
            return self.error(rejected.code, rejected.headers)

    def error(self, code: str, headers: Mapping[str, str] | None = None) -> Response:
        """Return the response for a code: the page's example, or any message for other codes."""
        if code in self._errors:
            status, body = self._errors[code]
            return Response(status, body, headers or {})
        body = {"error": {"code": code, "message": None}}
        return Response(UNDOCUMENTED[code], body, headers or {})

    def _update(self, request: Request) -> Mapping[str, Any]:
        template_id = _template_id(request)
        tenant = self._authenticated(request)
        self._check_version(request)
        sent = self._fields_of(request)
        template = self.templates.get(template_id)
        if template is None or template["organization"] != tenant.name:
            raise Rejected("not_found")
        if not tenant.premium and sent.keys() & set(DESIGNS):
            raise Rejected("payment_required")
        self._set(template, sent)
        returned = ["id", *self._fields, "createdAt", "updatedAt"]
        if sent.keys() & set(LEGACY):
            returned += LEGACY
        return {name: template[name] for name in returned}

    def _authenticated(self, request: Request) -> Tenant:
        values = request.values("authorization")
        credentials = re.fullmatch(r"(?i:bearer) +(.*)", values[0]) if len(values) == 1 else None
        if credentials is None or credentials[1] not in self._tenants:
            raise Rejected("unauthorized", WWW_Authenticate="Bearer")
        return self._tenants[credentials[1]]

    def _check_version(self, request: Request) -> None:
        versions = request.values("certifier-version")
        if not versions:
            raise Rejected("missing_version")
        if versions != [self._version]:
            raise Rejected("invalid_version")

    def _fields_of(self, request: Request) -> Mapping[str, Any]:
        data = _json_of(request)
        legacy = {name: data[name] for name in LEGACY if isinstance(data, dict) and name in data}
        if not self._judge.is_valid(data) or not all(
            isinstance(id_, str) for id_ in legacy.values()
        ):
            raise Rejected("validation_error")
        if legacy and "designIds" in data:
            raise Rejected("validation_error")
        return {name: data[name] for name in self._fields if name in data} | legacy

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
        raise Rejected("invalid_json") from None
