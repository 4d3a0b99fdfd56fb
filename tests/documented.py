"""The example and the version of openapi.yaml; support.py has the documented errors."""

from typing import Any

from support import load_document

_DOCUMENT = load_document()
_OPERATION = _DOCUMENT["paths"]["/v1/groups/{id}"]["patch"]
_SUCCESS = _OPERATION["responses"]["200"]["content"]["application/json"]["examples"]
_FIELDS = _DOCUMENT["components"]["schemas"]["CredentialTemplate"]["properties"]

VERSION: str = _DOCUMENT["info"]["version"]

# The example of a template, without the legacy fields.
TEMPLATE: dict[str, Any] = {
    name: value
    for name, value in _SUCCESS["documented"]["value"].items()
    if not _FIELDS[name].get("deprecated")
}
