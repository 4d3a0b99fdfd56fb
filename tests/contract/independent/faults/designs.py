"""Mistakes with the designs, in both shapes."""

from collections.abc import Callable
from typing import Any

from contract.independent.named_fault import Fault, fault, showing
from contract.independent.service import LEGACY, Fields, Service

CERTIFICATE, BADGE = LEGACY


def designs(called: str, sentence: str, change: Callable[[list[Any], list[Any]], Any]) -> Fault:
    """Name a mistake in how designs replace those before."""
    return fault(called, sentence, new_designs=lambda self, new, before: change(new, before))


def accepted(check: Callable[[Any], bool]) -> Any:
    """Return a step that accepts more as designs."""
    return lambda self, value: Service.is_designs(self, value) or check(value)


def legacy(change: Callable[[Fields], Fields]) -> Any:
    """Return a step that stores other legacy fields than were sent."""
    return lambda self, template, fields: Service.new_legacy(self, template, change(fields))


def without(name: str) -> Callable[[Fields], Fields]:
    """Return a change that leaves out a field."""
    return lambda fields: {key: value for key, value in fields.items() if key != name}


def swapped(fields: Fields) -> Fields:
    """Take each legacy field for the other."""
    other = {CERTIFICATE: BADGE, BADGE: CERTIFICATE}
    return {other.get(key, key): value for key, value in fields.items()}


def crashing(self: Service, fields: Fields) -> None:
    """Crash at a request of both shapes."""
    if "designIds" in fields and self.is_legacy(fields):
        raise KeyError
    Service.validate(self, fields)


FAULTS = [
    designs("designs-ignored", "Designs stay as they were.", lambda new, before: before),
    designs(
        "designs-appended",
        "Designs are added behind those before.",
        lambda new, before: before + new,
    ),
    designs(
        "designs-merged",
        "Designs are added to those before, each once.",
        lambda new, before: list(dict.fromkeys(before + new)),
    ),
    designs("designs-sorted", "Designs are sorted.", lambda new, before: sorted(new)),
    designs("designs-reversed", "Designs are stored backwards.", lambda new, before: new[::-1]),
    designs("designs-cut-at-one", "Only the first design is stored.", lambda new, before: new[:1]),
    designs(
        "designs-order-ignored",
        "The same designs in another order change nothing.",
        lambda new, before: before if sorted(new) == sorted(before) else new,
    ),
    designs(
        "designs-replaced-by-position",
        "Designs replace those before one by one: what is left over stays.",
        lambda new, before: new + before[len(new) :],
    ),
    designs(
        "designs-in-upper-case",
        "Designs are stored in upper case.",
        lambda new, before: [value.upper() for value in new],
    ),
    fault(
        "designs-shown-as-objects",
        "Each design is shown as an object.",
        shown=showing(
            lambda shown: shown | {"designIds": [{"id": value} for value in shown["designIds"]]}
        ),
    ),
    fault(
        "empty-designs-stored",
        "An empty list of designs is stored.",
        is_designs=accepted(lambda value: value == []),
    ),
    fault(
        "empty-designs-ignored",
        "An empty list of designs is accepted and changes nothing.",
        is_designs=accepted(lambda value: value == []),
        new_designs=lambda self, new, before: new or before,
    ),
    fault(
        "one-design-without-list-accepted",
        "One design need not stand in a list.",
        is_designs=accepted(lambda value: isinstance(value, str)),
        new_designs=lambda self, new, before: [new] if isinstance(new, str) else new,
    ),
    fault(
        "designs-of-any-type",
        "The items of the list of designs are not looked at.",
        is_designs=accepted(lambda value: isinstance(value, list) and bool(value)),
    ),
    fault(
        "null-designs-stored",
        "Designs may be null, and are so in the response.",
        is_designs=accepted(lambda value: value is None),
    ),
    fault(
        "legacy-ignored",
        "The legacy fields are ignored.",
        is_legacy=lambda self, fields: False,
    ),
    fault(
        "legacy-certificate-ignored",
        "certificateDesignId is ignored.",
        new_legacy=legacy(without(CERTIFICATE)),
    ),
    fault("legacy-badge-ignored", "badgeDesignId is ignored.", new_legacy=legacy(without(BADGE))),
    fault(
        "legacy-swapped", "Each legacy field is taken for the other.", new_legacy=legacy(swapped)
    ),
    fault(
        "legacy-one-clears-the-other",
        "A legacy field that is not sent becomes null.",
        new_legacy=legacy(lambda fields: dict.fromkeys(LEGACY) | fields),
    ),
    fault(
        "legacy-not-shown",
        "The response to a legacy request lacks the legacy fields.",
        shown=showing(lambda shown: without(BADGE)(without(CERTIFICATE)(shown))),
    ),
    fault(
        "legacy-shown-as-sent-but-not-stored",
        "The legacy fields are shown as sent, and not stored.",
        new_legacy=lambda self, template, fields: {},
        shown=lambda self, template, fields: (
            Service.shown(self, template, fields)
            | {name: fields[name] for name in LEGACY if name in fields}
        ),
    ),
    fault(
        "legacy-rejected",
        "The legacy fields are no longer accepted.",
        checks=lambda self: Service.checks(self) | dict.fromkeys(LEGACY, lambda value: False),
    ),
    fault(
        "legacy-of-any-type",
        "A legacy field of any type is stored.",
        checks=lambda self: Service.checks(self) | dict.fromkeys(LEGACY, lambda value: True),
    ),
    fault(
        "legacy-hides-other-fields",
        "In a request with a legacy field, the others are ignored.",
        changes=lambda self, template, fields: (
            self.new_legacy(template, fields)
            if self.is_legacy(fields)
            else Service.changes(self, template, fields)
        ),
    ),
    fault("both-shapes-are-500", "A request of both shapes is a crash.", validate=crashing),
]
