"""How responses of the other server are judged: by openapi.yaml, the machine-readable page."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs

from contract.model import LEGACY, Request, Response

Template = Mapping[str, Any]

OK = httpx.codes.OK
FACTS = Path(__file__).parents[1] / "facts.toml"
# The page shows the format of its times in an example.
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
MAX_QUOTE = 160
# If this long has passed since the last update, a further one must change updatedAt.
UPDATE_TOLERANCE = timedelta(seconds=2)


@dataclass
class Seen:
    """What the last responses showed of a template.

    Attributes:
        legacy: the legacy ids, until another request may have changed them.

    """

    template: dict[str, Any]
    legacy: dict[str, Any] = field(default_factory=dict)


class Page:
    """Judges responses by what openapi.yaml says of them."""

    def __init__(self, document: Any) -> None:
        """Take openapi.yaml, parsed."""
        operation = document["paths"]["/v1/groups/{id}"]["patch"]
        schemas = document["components"]["schemas"]
        self.fields: list[str] = list(schemas["CredentialTemplateUpdate"]["properties"])
        self._known = schemas["CredentialTemplate"]["properties"].keys()
        # The status and the message of each code, from the page's examples.
        self._errors = {
            code: (int(status), example["value"]["error"]["message"])
            for status, response in operation["responses"].items()
            for code, example in response["content"]["application/json"]["examples"].items()
            if status != str(OK.value)
        }
        self._documented = {status for status, _ in self._errors.values()}
        self._validators = {
            name: jsonschema_rs.Draft202012Validator(
                {**document, "$ref": f"#/components/schemas/{name}"}, validate_formats=True
            )
            for name in ("CredentialTemplate", "ErrorResponse")
        }

    def quote(self, fact: str) -> str:
        """Return what the page says, on one line."""
        text = _texts()[fact]
        return f"the page: “{text if len(text) <= MAX_QUOTE else f'{text[:MAX_QUOTE]}…'}”"

    def update(
        self, request: Request, expected: Response, response: httpx.Response, seen: Seen
    ) -> list[str]:
        """Return how the response to an update differs from the expected one."""
        if response.status_code != OK:
            return [self.summary(response, seen.template)]
        differences = [*self.shape(response, "CredentialTemplate")]
        body, sent = object_of(response), sent_in(request)
        legacy = expected.body.keys() & set(LEGACY)
        for name in ("id", *self.fields, "createdAt"):
            expected_value = expected.body.get(name)
            # The page leaves open how the list follows from the legacy ids, but it has a design.
            if name == "designIds" and legacy:
                if body.get(name) == []:
                    differences.append(f"{name} is empty after a design was set")
            elif name in body and body[name] != expected_value:
                differences.append(f"{name} is {body[name]!r} instead of {expected_value!r}")
        for name in sorted(legacy):
            expected_value = sent.get(name, seen.legacy.get(name, body.get(name)))
            if name not in body:
                differences.append(f"{name} is missing; {self.quote('legacy-response')}")
            elif body[name] != expected_value:
                differences.append(f"{name} is {body[name]!r} instead of {expected_value!r}")
        return [*differences, *self.times(response, seen.template)]

    def rejection(self, expected: Response, response: httpx.Response, seen: Seen) -> list[str]:
        """Return how an error response differs from all expected ones.

        The page shows each message in an example only, so a message may be another.
        """
        codes = {expected.body["error"]["code"], *expected.others}
        status = response.status_code
        # The page shows no error for an invalid value or body. It may be rejected with 400, or
        # with any 4xx that the page does not use for something else.
        is_open = not codes <= self._errors.keys() and response.is_client_error
        if is_open and status not in self._documented:
            return []
        if status not in {self._errors.get(code, (400,))[0] for code in codes}:
            return [self.summary(response, seen.template)]
        differences = [*self.shape(response, "ErrorResponse")]
        code = _code(response)
        if not differences and code not in codes:
            differences.append(f"code {code!r} instead of {' or '.join(sorted(codes))}")
        return differences

    def is_shown(self, response: httpx.Response) -> bool:
        """Return whether the page shows the response's status and, for its code, its message."""
        code = _code(response)
        _, message = self._errors.get(code, (0, None))
        is_message = message is None or object_of(response)["error"].get("message") == message
        return is_message and response.status_code in {OK, *self._documented}

    def consistent(self, request: Request, response: httpx.Response, seen: Seen) -> list[str]:
        """Return what is wrong with a success that the page neither promises nor rules out.

        Each field is either unchanged or has the value that was sent, if that value is valid.
        """
        differences = [*self.shape(response, "CredentialTemplate")]
        body, sent, before = object_of(response), sent_in(request), seen.template
        unchecked = {"designIds"} if sent.keys() & set(LEGACY) else set()
        for name in ("id", *self.fields, "createdAt"):
            was = before.get(name)
            allowed = [was, sent.get(name, was) if name in self.fields else was]
            if (
                body.get(name, was) not in allowed
                and name not in unchecked
                and sent.get(name, 0) is not None
            ):
                differences.append(f"{name} is {body[name]!r}, but was {was!r}")
        return [*differences, *self.times(response, before)]

    def shape(self, response: httpx.Response, schema: str) -> Iterator[str]:
        """Yield how a body violates its schema, or does not match its status."""
        kind, _, parameters = response.headers.get("Content-Type", "").lower().partition(";")
        charset = re.search(r"charset *= *\"?([\w-]+)", parameters)
        if kind.strip() != "application/json" or (charset and charset[1] not in {"utf-8", "utf8"}):
            kind = response.headers.get("Content-Type", "")
            yield f"Content-Type {kind!r} instead of application/json"
        try:
            data = json_of(response)
        except (ValueError, RecursionError) as error:
            yield f"not JSON ({error}): {response.text!r}"
            return
        for problem in self._validators[schema].iter_errors(data):
            yield f"{'.'.join(map(str, problem.instance_path)) or 'the body'}: {problem.message}"
        status, _ = self._errors.get(_code(response), (response.status_code, None))
        if status != response.status_code:
            yield f"code {_code(response)!r} with {response.status_code} instead of {status}"

    def open_error(self, response: httpx.Response) -> list[str]:
        """Return what is wrong with an error of which the page specifies only the format."""
        status = response.status_code
        if status >= httpx.codes.INTERNAL_SERVER_ERROR and status != httpx.codes.NOT_IMPLEMENTED:
            return [f"{self.summary(response, {})}; {self.quote('internal-server-error')}"]
        return list(self.shape(response, "ErrorResponse")) if status in self._documented else []

    def times(self, response: httpx.Response, before: Template) -> Iterator[str]:
        """Yield what is wrong with the timestamps of a template."""
        body = object_of(response)
        times = {name: body.get(name) for name in ("createdAt", "updatedAt")}
        for name, value in times.items():
            if isinstance(value, str) and not re.fullmatch(TIME, value):
                yield f"{name} {value!r} is not in the page's format, 2022-01-01T00:00:00.000Z"
        created, updated, earliest = map(time_of, (*times.values(), before.get("updatedAt")))
        if not updated or not created or not earliest:
            return
        if updated < created:
            yield f"updatedAt {times['updatedAt']} is before createdAt {times['createdAt']}"
        if updated < earliest:
            yield f"updatedAt went back from {before['updatedAt']} to {times['updatedAt']}"
        changed = any(name in body and body[name] != before.get(name) for name in self.fields)
        if changed and updated == earliest and earliest + UPDATE_TOLERANCE < now_of(response):
            yield f"updatedAt is still {times['updatedAt']} after a change"

    def summary(self, response: httpx.Response, before: Template) -> str:
        """Return a short summary of a response."""
        data = object_of(response)
        if response.status_code != OK or not data:
            error = data.get("error")
            error = error if isinstance(error, dict) else {}
            message = f"{error['code']}: {error.get('message')!r}" if "code" in error else ""
            return f"{response.status_code} {message or repr(response.text)}"
        changed = [name for name, value in data.items() if before.get(name, value) != value]
        unknown = sorted(data.keys() - self._known)
        additions = f"; not on the page: {', '.join(unknown)}" if unknown else ""
        return f"200, changed: {', '.join(changed) or 'nothing'}{additions}"


@cache
def _texts() -> dict[str, str]:
    """Return the text of each fact, on one line."""
    facts = tomllib.loads(FACTS.read_text())["fact"]
    return {fact["id"]: " ".join(fact["text"].split()) for fact in facts}


def sent_in(request: Request) -> Template:
    """Return the fields in a request; empty if its body is not an object."""
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def json_of(response: httpx.Response) -> Any:
    """Return the JSON in a response; raises ValueError for what RFC 8259 does not allow."""
    return json.loads(response.content.decode(), parse_constant=_reject, object_pairs_hook=_unique)


def _reject(constant: str) -> Any:
    raise ValueError(f"{constant} is not a JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("duplicate name")
    return dict(pairs)


def object_of(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object in a response; empty if there is none."""
    try:
        data = json_of(response)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def time_of(value: Any) -> datetime | None:
    """Return the timestamp; None if it is invalid, which the schema check reports."""
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (TypeError, ValueError):
        return None


def now_of(response: httpx.Response) -> datetime:
    """Return the server's time, or this machine's if the response has none."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return datetime.now(UTC)


def _code(response: httpx.Response) -> str:
    error = object_of(response).get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) else ""
