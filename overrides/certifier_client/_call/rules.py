"""The keywords of JSON Schema that restrict a value beyond its type, called rules here."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from certifier_client._call.mismatch import Convert, Mismatch, shown


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


Rule = Callable[[Any, Any], str | None]

# By the types of values that they restrict: a value of another type is always valid, and so is an
# argument that is a date or a UUID. A rule takes a value and the value of the keyword, and returns
# the problem, if any.
RULES: dict[tuple[type, ...], dict[str, Rule]] = {
    (str,): {
        "minLength": lambda text, least: (
            None
            if len(text) >= least
            else f"has {_counted(len(text), 'character')}: at least {least} are required"
        ),
        "maxLength": lambda text, most: (
            None
            if len(text) <= most
            else f"has {_counted(len(text), 'character')}: at most {most} are allowed"
        ),
        "pattern": lambda text, pattern: (
            None
            if re.search(pattern, text)
            else f"is {shown(text)}, which does not match the pattern {pattern}"
        ),
    },
    (list,): {
        "minItems": lambda items, least: (
            None
            if len(items) >= least
            else f"has {_counted(len(items), 'item')}: pass at least {least}"
        ),
        "maxItems": lambda items, most: (
            None
            if len(items) <= most
            else f"has {_counted(len(items), 'item')}: at most {most} are allowed"
        ),
        "uniqueItems": lambda items, wanted: (
            "has an item twice" if wanted and len(set(map(repr, items))) < len(items) else None
        ),
    },
    (int, float): {
        "minimum": lambda number, least: (
            None if number >= least else f"is {number}: at least {least} is required"
        ),
        "maximum": lambda number, most: (
            None if number <= most else f"is {number}: at most {most} is allowed"
        ),
        "exclusiveMinimum": lambda number, bound: (
            None if number > bound else f"is {number}: it must be greater than {bound}"
        ),
        "exclusiveMaximum": lambda number, bound: (
            None if number < bound else f"is {number}: it must be less than {bound}"
        ),
    },
}


def ruled(convert: Convert, schema: Mapping[str, Any]) -> Convert:
    """Return a converter that also checks the converted value by the rules of its schema."""
    rules = [
        (types, rule, schema[keyword])
        for types, keywords in RULES.items()
        for keyword, rule in keywords.items()
        if keyword in schema
    ]

    def check(value: Any) -> Any:
        converted = convert(value)
        for types, rule, limit in rules:
            if type(converted) in types and (problem := rule(converted, limit)):
                raise Mismatch(problem, is_rule=True)
        return converted

    return check if rules else convert
