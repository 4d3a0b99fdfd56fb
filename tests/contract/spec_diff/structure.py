"""Compare two OpenAPI documents, and judge whether a difference breaks a client.

Both are valid, with their references replaced.
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any

from contract.spec_diff.schema_changes import (
    Change,
    Direction,
    Json,
    compare_required,
    compare_schemas,
    describe,
    differing,
    is_note,
    under,
    unjudged,
)

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
# Notes in a document and in an operation; a property of the same name is judged as any other.
LABELS = {"info", "openapi", "tags"}


def compare(old: Json, new: Json) -> Iterator[Change]:
    """Yield the changes from the old document to the new one."""
    yield from _compare_others(old, new, {"components", "paths", "security", "servers"})
    was, now = (each.get("components", {}).get("securitySchemes", {}) for each in (old, new))
    for name in sorted(was.keys() & now.keys()):
        yield from under(f"security scheme {name}", _compare_others(was[name], now[name]))
    yield from _compare_named(_operations(old), _operations(new), _compare_operations)


def _compare_others(old: Json, new: Json, judged: Collection[str] = ()) -> Iterator[Change]:
    """Compare the keys without a rule: a note breaks nothing, anything else may."""
    for key in differing(old, new):
        if is_note(key) or key in LABELS:
            yield Change(breaks=False, text=describe(key, old, new))
        elif key not in judged:
            yield unjudged(key, old, new)


def _compare_named(
    old: Json,
    new: Json,
    compare_one: Callable[[Any, Any], Iterator[Change]],
    added_breaks: Callable[[str, Any], bool] = lambda _name, _one: False,
) -> Iterator[Change]:
    """Compare things with names: removing one breaks whoever relies on it."""
    for name in {**old, **new}:
        if name not in new:
            yield Change(breaks=True, text=f"{name} removed")
        elif name not in old:
            yield Change(added_breaks(name, new[name]), f"{name} added")
        else:
            yield from under(name, compare_one(old[name], new[name]))


def _operations(document: Json) -> Json:
    """Return the operations by method and path, with everything that they inherit."""
    above = {key: document[key] for key in ("security", "servers") if key in document}
    return {
        f"{method.upper()} {path}": {
            **above,
            **{key: value for key, value in item.items() if key not in METHODS},
            **operation,
            "parameters": [*item.get("parameters", []), *operation.get("parameters", [])],
        }
        for path, item in document.get("paths", {}).items()
        for method, operation in item.items()
        if method in METHODS
    }


def _compare_operations(old: Json, new: Json) -> Iterator[Change]:
    judged = {"operationId", "parameters", "requestBody", "responses", "security", "servers"}
    yield from _compare_others(old, new, judged)
    if "operationId" in differing(old, new):
        # It is not sent, but generated code names functions after it.
        yield Change(breaks=True, text=describe("operationId", old, new))
    if "security" in differing(old, new):
        yield _compare_security(old.get("security") or [{}], new.get("security") or [{}])
    yield from _compare_named(_servers(old), _servers(new), _compare_others)
    sent = partial(_compare_messages, "request")
    yield from _compare_named(_sent(old), _sent(new), sent, lambda _, part: _is_required(part))
    yield from _compare_responses(old.get("responses", {}), new.get("responses", {}))


def _compare_security(old: list[Json], new: list[Json]) -> Change:
    """Judge whether every client that had access still has it."""

    def enough(now: Json, was: Json) -> bool:
        return all(name in was and set(now[name]) <= set(was[name]) for name in now)

    if all(any(enough(now, was) for now in new) for was in old):
        return Change(breaks=False, text="security asks for no more than before")
    return Change(breaks=True, text="security asks for more than before")


def _servers(operation: Json) -> Json:
    return {f"server {server['url']}": server for server in operation.get("servers", [])}


def _sent(operation: Json) -> Json:
    """Return the parts of a request by name: parameters and body."""
    parts = {}
    for part in operation["parameters"]:
        name = part["name"].lower() if part["in"] == "header" else part["name"]
        parts[f"{part['in']} parameter {name}"] = {**part, "name": name}
    return parts | ({"request": operation["requestBody"]} if "requestBody" in operation else {})


def _is_required(part: Json) -> bool:
    return bool(part.get("required"))


def _compare_responses(old: Json, new: Json) -> Iterator[Change]:
    """Compare by status; a change in a schema that several share is reported once."""
    shared: dict[Change, list[str]] = {}
    for status in {**old, **new}:
        if status not in new:
            yield Change(breaks=True, text=f"response {status} removed")
        elif status not in old:
            # Unknown 4xx and 5xx are treated as 400 and 500 (RFC 9110, 15); a success is read.
            yield Change(status[0] in "123", f"response {status} added")
        else:
            for change in _compare_messages("response", old[status], new[status]):
                shared.setdefault(change, []).append(status)
    for change, statuses in shared.items():
        yield from under(f"response {', '.join(statuses)}", [change])


def _compare_messages(direction: Direction, old: Json, new: Json) -> Iterator[Change]:
    """Compare things with a schema or content: parameter, header, body, response, media type."""
    yield from _compare_others(old, new, {"content", "headers", "required", "schema"})
    yield from compare_required(direction, was=_is_required(old), now=_is_required(new))
    yield from compare_schemas(direction, old.get("schema", {}), new.get("schema", {}))
    below = partial(_compare_messages, direction)
    yield from _compare_named(_headers(old), _headers(new), below)
    was, now = old.get("content", {}), new.get("content", {})
    if len(was) == 1 and was.keys() == now.keys():
        # If there is only one media type, its name would only make each line longer.
        for name in was:
            yield from below(was[name], now[name])
    else:
        yield from _compare_named(was, now, below)


def _headers(message: Json) -> Json:
    return {f"header {name.lower()}": header for name, header in message.get("headers", {}).items()}
