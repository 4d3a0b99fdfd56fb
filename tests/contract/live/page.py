"""How the answers of the other server are judged: by openapi.yaml, the page in a form to read."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import httpx
import jsonschema_rs

from contract.live.service import UPDATED

Template = Mapping[str, Any]


class Page:
    """What openapi.yaml says, ready to judge by.

    Attributes:
        version: the documented Certifier-Version.
        fields: the names of the fields that can be sent.

    """

    def __init__(self, document: Any) -> None:
        """Take openapi.yaml as data."""
        operation = document["paths"]["/v1/groups/{id}"]["patch"]
        schemas = document["components"]["schemas"]
        self.version: str = operation["parameters"][1]["example"]
        self.fields: list[str] = list(schemas["CredentialTemplateUpdate"]["properties"])
        self._answered = schemas["CredentialTemplate"]["properties"].keys()
        self._errors = {
            code: (int(status), example["value"]["error"]["message"])
            for status, answer in operation["responses"].items()
            for code, example in answer["content"]["application/json"]["examples"].items()
            if status != UPDATED
        }
        self._validators = {
            name: jsonschema_rs.Draft202012Validator(
                {**document, "$ref": f"#/components/schemas/{name}"}, validate_formats=True
            )
            for name in ("CredentialTemplate", "CredentialTemplateUpdate", "ErrorResponse")
        }

    def can_send(self, fields: Mapping[str, Any]) -> bool:
        """Return whether the page allows these fields in a request."""
        return self._validators["CredentialTemplateUpdate"].is_valid(fields)

    def differences(self, expected: str, response: httpx.Response, after: Template) -> list[str]:
        """Return where an answer is not what the page says.

        Args:
            expected: UPDATED, or an error code.
            response: the answer.
            after: what the template should be by now; its updatedAt, the earliest.

        """
        # Codes that only other pages of the documentation have are all 400, with any message.
        status, message = self._errors.get(expected, (400, None))
        status = int(UPDATED) if expected == UPDATED else status
        if response.status_code != status:
            return [f"{self.told(response, after)}; the page says {status}"]
        if expected == UPDATED:
            return [*self._body(response, "CredentialTemplate"), *self._values(response, after)]
        return [*self._body(response, "ErrorResponse"), *_error(response, expected, message)]

    def told(self, response: httpx.Response, before: Template) -> str:
        """Return what an answer says, in a few words."""
        data = object_of(response)
        if response.status_code != httpx.codes.OK or not data:
            error = data.get("error")
            error = error if isinstance(error, dict) else {}
            said = f"{error['code']}: {error.get('message')!r}" if "code" in error else ""
            return f"{response.status_code} {said or repr(response.text)}"
        changed = [name for name, value in data.items() if before.get(name, value) != value]
        unknown = sorted(data.keys() - self._answered)
        news = f"; not on the page: {', '.join(unknown)}" if unknown else ""
        return f"200, changed: {', '.join(changed) or 'nothing'}{news}"

    def _body(self, response: httpx.Response, schema: str) -> Iterator[str]:
        kind = response.headers.get("Content-Type", "")
        if kind.partition(";")[0].strip().lower() != "application/json":
            yield f"Content-Type {kind!r} instead of application/json"
        try:
            data = response.json()
        except (ValueError, RecursionError):
            yield f"no JSON: {response.text!r}"
            return
        for error in self._validators[schema].iter_errors(data):
            yield f"{'.'.join(map(str, error.instance_path)) or 'the body'}: {error.message}"

    def _values(self, response: httpx.Response, after: Template) -> Iterator[str]:
        answered = object_of(response)
        for name in ("id", *self.fields, "createdAt"):
            if name in answered and answered[name] != after.get(name):
                yield f"{name} is {answered[name]!r} instead of {after.get(name)!r}"
        # What is no time the schema has found.
        with suppress(KeyError, TypeError, ValueError):
            now, earliest = answered["updatedAt"], after["updatedAt"]
            if datetime.fromisoformat(now) < datetime.fromisoformat(earliest):
                yield f"updatedAt went back from {earliest} to {now}"


def _error(response: httpx.Response, code: str, message: str | None) -> Iterator[str]:
    error = object_of(response).get("error")
    if not isinstance(error, dict):
        return
    if error.get("code") != code:
        yield f"code {error.get('code')!r} instead of {code!r}"
    if message is not None and error.get("message") != message:
        yield f"message {error.get('message')!r} instead of {message!r}"


def object_of(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of an answer; an empty one if it has none."""
    try:
        data = response.json()
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
