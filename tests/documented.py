"""What openapi.yaml documents of the operation, for tests that need it in their own words."""

from typing import Any

from support import load_document

_DOCUMENT = load_document()
_OPERATION = _DOCUMENT["paths"]["/v1/groups/{id}"]["patch"]
_EXAMPLES = {
    int(status): response["content"]["application/json"]["examples"]
    for status, response in _OPERATION["responses"].items()
}
_FIELDS = _DOCUMENT["components"]["schemas"]["CredentialTemplate"]["properties"]

VERSION: str = _DOCUMENT["info"]["version"]

# The example of a template, without the legacy fields.
TEMPLATE: dict[str, Any] = {
    name: value
    for name, value in _EXAMPLES[200]["documented"]["value"].items()
    if not _FIELDS[name].get("deprecated")
}

# The status, the code and the message of each error.
ERRORS: list[tuple[int, str, str]] = [
    (status, example["value"]["error"]["code"], example["value"]["error"]["message"])
    for status, examples in _EXAMPLES.items()
    for example in examples.values()
    if status != 200
]
