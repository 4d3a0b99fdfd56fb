"""Compare two JSON Schemas, and judge whether a difference breaks a client.

They are judged by the values that they allow: a request must allow everything that it allowed
before, a response nothing new. An open object may get a new property in either.
"""

import json
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

from jsonschema_rs import CanonicalSchema, Draft202012, ValidationError, canonicalize
from jsonschema_rs.canonical import CanonicalizationError, Containment

Json = dict[str, Any]
Direction = Literal["request", "response"]

PROSE = {"$comment", "description", "example", "examples", "externalDocs", "summary", "title"}
NOTES = PROSE | {"deprecated"}
# These change what a value means, not which values are valid.
MEANING = {"contentEncoding", "contentMediaType", "discriminator", "readOnly", "writeOnly", "xml"}
# The parts of a schema that are compared separately, each under its own name ...
PARTS = {"additionalProperties", "allOf", "items", "properties", "required"}
# ... unless one of these is next to them and changes their meaning.
ENTANGLED = {"patternProperties", "prefixItems", "unevaluatedItems", "unevaluatedProperties"}

BREAKING = {"request": "accepts less than before", "response": "returns more than before"}
FINE = {"request": "accepts more than before", "response": "promises more than before"}


class Change(NamedTuple):
    """A change: whether it breaks a client, and a line that says where it is and what."""

    breaks: bool
    text: str


def under(label: str, changes: Iterable[Change]) -> Iterator[Change]:
    """Yield the changes, each with its place in front."""
    for breaks, text in changes:
        yield Change(breaks, f"{label}: {text}" if label else text)


def is_note(key: str) -> bool:
    """Return whether a key is for people and constrains nothing."""
    return key in NOTES or key.startswith("x-")


def differing(old: Json, new: Json) -> list[str]:
    """Return the keys whose values differ."""
    absent = object()
    return [key for key in {**old, **new} if old.get(key, absent) != new.get(key, absent)]


def describe(key: str, old: Json, new: Json) -> str:
    """Return a short description of how the value of a key changed."""
    was, now = (
        json.dumps(each[key], ensure_ascii=False) if key in each else "" for each in (old, new)
    )
    if key in PROSE or len(was + now) > 60:
        return f"{key} {'changed' if was and now else 'added' if now else 'removed'}"
    if was and now:
        return f"{key} {was} → {now}"
    return f"{key} {now}" if now else f"{key} {was} removed"


def unjudged(key: str, old: Json, new: Json) -> Change:
    """Return a change that a person has to judge."""
    return Change(
        breaks=True, text=f"{describe(key, old, new)}; no rule says that this is harmless"
    )


def compare_required(direction: Direction, *, was: bool, now: bool) -> Iterator[Change]:
    """Yield a change of what is required: more in a request, or less in a response."""
    if was != now:
        yield Change(now == (direction == "request"), "now required" if now else "not required now")


def compare_schemas(direction: Direction, old: Any, new: Any, path: str = "") -> Iterator[Change]:
    """Yield the changes from the old schema to the new one, part by part."""
    if old == new:
        return
    old, new = _object(old), _object(new)
    here = partial(under, path.lstrip("."))
    if ENTANGLED & (old.keys() | new.keys()) or "allOf" in old.keys() ^ new.keys():
        yield from here(_compare_values(direction, old, new))
        return
    yield from here(_compare_values(direction, _without_parts(old), _without_parts(new)))
    yield from _compare_properties(direction, old, new, path)
    for step, was, now in _other_parts(old, new):
        yield from compare_schemas(direction, was, now, path + step)


def _object(schema: Any) -> Json:
    """Return a schema as an object, even if it is true or false."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    return dict(schema)


def _without_parts(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key not in PARTS}


def _compare_properties(direction: Direction, old: Json, new: Json, path: str) -> Iterator[Change]:
    was, now = _declared(old), _declared(new)
    for name in {**was, **now}:
        below = f"{path}.{name}"
        here = partial(under, below.lstrip("."))
        required = name in new.get("required", [])
        if name not in now:
            yield from here([Change(breaks=True, text="removed")])
        elif name not in was:
            yield from here([_added(direction, old, now[name], required=required)])
        else:
            was_required = name in old.get("required", [])
            yield from here(compare_required(direction, was=was_required, now=required))
            yield from compare_schemas(direction, was[name], now[name], below)


def _declared(schema: Json) -> Json:
    """Return the properties by name; one that is only listed as required may be anything."""
    properties: Json = schema.get("properties", {})
    return dict.fromkeys(schema.get("required", []), True) | properties


def _added(direction: Direction, old: Json, new: Any, *, required: bool) -> Change:
    """Judge a new property: no client sent it before, and readers of open objects skip it."""
    room = _object(old.get("additionalProperties", True))
    fits = not room or _covers(direction, room, _object(new)) == Containment.YES
    breaks = not fits or (required and direction == "request")
    return Change(breaks, "added, and required" if required else "added")


def _other_parts(old: Json, new: Json) -> Iterator[tuple[str, Any, Any]]:
    """Yield the parts other than properties; a missing part allows anything."""
    yield "[]", old.get("items", True), new.get("items", True)
    yield "{}", old.get("additionalProperties", True), new.get("additionalProperties", True)
    for was, now in zip_longest(old.get("allOf", []), new.get("allOf", []), fillvalue=True):
        yield "", was, now


def _compare_values(direction: Direction, old: Json, new: Json) -> Iterator[Change]:
    limits = []
    for key in differing(old, new):
        if is_note(key):
            yield Change(breaks=False, text=describe(key, old, new))
        elif key == "default":
            # It decides the meaning of a request without the value; in a response it means nothing.
            yield Change(direction == "request", describe(key, old, new))
        elif key in MEANING:
            yield unjudged(key, old, new)
        else:
            limits.append(describe(key, old, new))
    if limits:
        breaks, words = _verdict(direction, old, new)
        yield Change(breaks, f"{words} ({', '.join(limits)})")


def _verdict(direction: Direction, old: Json, new: Json) -> tuple[bool, str]:
    covers = _covers(direction, old, new)
    if covers == Containment.NO:
        return True, BREAKING[direction]
    if covers == Containment.UNKNOWN:
        return True, f"{BREAKING[direction]}, or cannot be compared"
    same = _covers(direction, new, old) == Containment.YES
    return False, "means the same as before" if same else FINE[direction]


def _covers(direction: Direction, old: Json, new: Json) -> Containment:
    """Return whether the side that must not be narrower allows all values of the other."""
    wide, narrow = (new, old) if direction == "request" else (old, new)
    try:
        return _canonical(wide).covers(_canonical(narrow))
    except (
        CanonicalizationError,
        ValidationError,
    ):  # such as a reference that leads back to itself
        return Containment.UNKNOWN


def _canonical(schema: Json) -> CanonicalSchema:
    return canonicalize(schema, draft=Draft202012, validate_formats=True)
