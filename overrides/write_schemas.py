"""Write the parts of a document that the generator's templates cannot see, such as JSON Schemas.

`make generate` runs this in the new package, as a hook of generator-config.yaml. It writes a module
with the URL of the server, and the schema of each parameter, field and successful response.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Document:
    """An OpenAPI document that resolves references."""

    def __init__(self, source: str) -> None:
        document: Any = YAML(typ="safe").load(Path(source))  # pyright: ignore[reportUnknownMemberType]
        # YAML reads an example such as 2022-01-01 as a date; JSON has no dates.
        self.root: Any = json.loads(json.dumps(document, default=str))

    def resolve(self, part: Any) -> Any:  # noqa: ANN401 - JSON
        """Return a part of the document, or the part that it refers to."""
        while "$ref" in part:
            target = self.root
            for key in part["$ref"].removeprefix("#/").split("/"):
                target = target[key.replace("~1", "/").replace("~0", "~")]
            part = target
        return part

    def fields(self, schema: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Return the schemas of an object's properties, those of allOf included."""
        schema = self.resolve(schema)
        inherited = [self.fields(part) for part in schema.get("allOf", [])]
        return {
            name: field
            for properties in (*inherited, schema.get("properties", {}))
            for name, field in properties.items()
        }

    def json_schema(self, part: Any) -> Any:  # noqa: ANN401 - JSON
        """Return the schema of a JSON body, or None if there is none."""
        for media_type, content in self.resolve(part).get("content", {}).items():
            if re.fullmatch(r"application/(.+\+)?json(;.*)?", media_type):
                return content.get("schema")
        return None

    def operation(self, item: Any, method: str) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Return the schemas of an operation: parameters, body, fields of the body, successes."""
        operation = item[method]
        schemas = {}
        for part in (*item.get("parameters", []), *operation.get("parameters", [])):
            parameter = self.resolve(part)
            described = {"description": parameter.get("description", "")}
            schemas[f"{parameter['in']} {parameter['name']}"] = {
                **described,
                **self.resolve(parameter.get("schema", {})),
            }
        body: Any = self.json_schema(operation.get("requestBody", {})) or {}
        fields = {f"body {name}": field for name, field in self.fields(body).items()}
        success = {
            str(status): self.json_schema(response)
            for status, response in operation["responses"].items()
            if str(status).startswith("2")
        }
        return {**schemas, **fields, "body": body, "success": success}

    def operations(self) -> dict[str, Any]:
        """Return the schemas of each operation, by method and path without names."""
        return {
            f"{method.upper()} {re.sub('{.*?}', '{}', path)}": self.operation(item, method)
            for path, item in self.root["paths"].items()
            for method in METHODS
            if method in item
        }


def main(source: str, module: str) -> None:
    """Write the module for a document."""
    document = Document(source)
    components = document.root.get("components", {}).get("schemas", {})
    servers = document.root.get("servers", [{"url": "/"}])
    text = f'''"""The JSON Schemas of the document, and the URL of its server."""

from typing import Any

SERVER = {servers[0]["url"]!r}

COMPONENTS: dict[str, Any] = {components!r}

OPERATIONS: dict[str, Any] = {document.operations()!r}
'''
    Path(module).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
