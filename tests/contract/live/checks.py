"""What is asked of the other server: the probes, each on the template as it was."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

from contract.live.page import Page, Template
from contract.live.service import UPDATED, Probe

# An id, a token and a version of the documented form that nobody has.
UNKNOWN_ID = "01j9zt4e8w6mq2k0r5x3vnhb7c"
WRONG_TOKEN = "cfp_" + "0" * 36
WRONG_VERSION = "1999-01-01"
WRONG_VALUES: tuple[Any, ...] = (5, True, "no uri", [], [5], {})


def plan(page: Page, original: Template) -> list[Probe]:
    """Return the probes, each for the template as it was.

    Args:
        page: tells which values are wrong.
        original: the fields that may be changed, since they can be put back.

    """
    return [
        *_updates(original),
        *_refusals(page, original),
        Probe("what was refused changed nothing", UPDATED),
        *_open_points(original),
    ]


def changes(original: Template) -> dict[str, Any]:
    """Return another valid value for each field that has one; designs only in another order."""
    others = {
        "name": "Contract check \N{LATIN SMALL LETTER E WITH ACUTE}",
        "designIds": original.get("designIds", [])[::-1],
        "learningEventUrl": "https://example.org/contract-check",
    }
    return {
        name: others[name]
        for name in original
        if others.get(name, original[name]) != original[name]
    }


def _updates(original: Template) -> Iterator[Probe]:
    yield Probe("{} changes nothing", UPDATED)
    for name, value in changes(original).items():
        yield Probe(f"{name} alone", UPDATED, {name: value})
    yield Probe("all at once", UPDATED, changes(original))


def _refusals(page: Page, original: Template) -> Iterator[Probe]:
    # Where a body is not what is wrong it is {}, lest a service that accepts it change something.
    yield Probe("no token", "unauthorized", headers={"Authorization": None})
    wrong = {"Authorization": f"Bearer {WRONG_TOKEN}"}
    yield Probe("a wrong token", "unauthorized", headers=wrong)
    yield Probe("no version", "missing_version", headers={"Certifier-Version": None})
    wrong = {"Certifier-Version": WRONG_VERSION}
    yield Probe("a wrong version", "invalid_version", headers=wrong)
    yield Probe("an unknown id", "not_found", template_id=UNKNOWN_ID)
    yield Probe("broken JSON", "invalid_json", b"{")
    yield Probe("JSON that is no object", "validation_error", [])
    for name, value in product(original, WRONG_VALUES):
        if not page.can_send({name: value}):
            yield Probe(f"{name}: {json.dumps(value)}", "validation_error", {name: value})


def _open_points(original: Template) -> Iterator[Probe]:
    yield Probe("updatedAt after {}", None)
    yield Probe("the values that it has", None, dict(original))
    yield Probe("an unknown field", None, {"contractCheck": True})
    yield Probe("an id of another form", None, template_id="contract-check")
    yield Probe("no body", None, b"")
    yield Probe("Content-Type text/plain", None, headers={"Content-Type": "text/plain"})
    yield Probe("GET", None, b"", method="GET")
    for name in original:
        yield Probe(f"{name}: null", None, {name: None})
    if "name" in original:
        yield Probe('name: ""', None, {"name": ""})
    if "designIds" in original:
        yield Probe("a design twice", None, {"designIds": original["designIds"][:1] * 2})
