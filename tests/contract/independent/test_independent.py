"""The checks of another server notice the faults of a service whose author had not read them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.independent.catalogue import CHOICES, FAULTS, MODULES
from contract.independent.faults import (
    authentication,
    designs,
    fields,
    requests,
    response_faults,
    state_faults,
    versions,
)
from contract.independent.measure import Check, checking
from contract.independent.named_fault import Fault
from contract.independent.service import Service
from contract.live import choices

# Parts of the names of rows that notice the faults of a module; further checks are always made.
ROWS = {
    authentication: [
        *("authentication: twice", "authentication: in ", "authentication: unknown"),
        *("authentication: header value", "authentication: 'Bear ", "designIds 1"),
    ],
    versions: ["versions: absent", "versions: '2022-10-26;'", "versions: '2021", "but ?v"],
    requests: [
        *("ids: 0 1", "ids: encoded twice", "ids: 01G90279", "%20 29", "fields: body [{}]"),
        *(r"""b'{"name": "\xff"}'""", "b'{}x'", """b'{"name": "a",}'""", "a form", "snake_case"),
        *("POST with", "PUT with X-HTTP-Method:", "PATCH with X-HTTP-Method-Override: PUT"),
        *("{} with ?name=Queried", "methods: HEAD /v1"),
    ],
    fields: [
        *("HTTPS://Example.ORG", "<b>Bold</b>", "'/a' 2", "'e\u0301' 2", "http://a.org", "' 256"),
        *("padded  twice", "name 0", "name '0'", "📈", "urn:isbn", "name None", "Url True"),
    ],
    designs: [
        *("('badgeDesignId',)", "('certificateDesignId',)", "all right but name", "designIds 'a'"),
        *("designIds []", "designIds [None]", "designIds None", "designIds 1", "designIds 2"),
    ],
    state_faults: [
        *(
            "combinations: ('name', 'designIds",
            "name ' ' 1",
            "header names in lower",
            "other members",
        ),
        *("name 1", "designIds 1", "repeated:", "combinations: all "),
    ],
    response_faults: ["{} changes nothing", "orders: token", "📈", "name '<b>'"],
}
# The settings of a run without other templates, which only faults of these modules need.
ONE_TEMPLATE = dict.fromkeys(("OTHER_TEMPLATE_ID", "SECOND_ACCESS_TOKEN", "SECOND_TEMPLATE_ID"), "")
OTHERS = [*authentication.FAULTS, *state_faults.FAULTS]
MISSED = {
    *("token-in-api-key-header-accepted", "version-in-other-header-accepted"),
    *("version-not-needed-to-read", "rate-limited-is-503", "rate-limited-retry-after-in-words"),
    *("any-content-type-accepted", "content-type-in-one-case", "charset-rejected"),
    *("id-letters-are-digits", "id-in-body-preferred", "name-percent-decoded"),
    *("empty-name-ignored", "null-is-an-object", "legacy-hides-other-fields", "legacy-of-any-type"),
    *("updated-at-is-local", "url-shown-is-null", "id-case-ignored"),
}
# No check could be made.
UNREADABLE = {"success-said-to-be-compressed"}


@pytest.fixture(scope="module")
def server() -> Iterator[Check]:
    """Run one server for all services."""
    with checking() as check:
        yield check


@pytest.fixture
def check(server: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Give a function that runs the checks against a service."""
    monkeypatch.chdir(tmp_path)
    return server


def differing(output: str) -> list[str]:
    """Return the rows that differ."""
    return [line for line in output.splitlines() if line.startswith("DIFFERS")]


def test_the_correct_service_agrees(check: Check) -> None:
    """No row differs."""
    code, output = check(Service)
    assert code == 0, differing(output)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "rows"),
    [(fault, "|".join(map(re.escape, ROWS[each]))) for each in MODULES for fault in each.FAULTS],
    ids=[*FAULTS],
)
def test_a_fault_is_noticed(check: Check, fault: Fault, rows: str) -> None:
    """The exit code says that the service differs; that some faults are missed is known."""
    code, output = check(fault.service, rows, **({} if fault in OTHERS else ONE_TEMPLATE))
    expected = {0} if fault.name in MISSED else {2} if fault.name in UNREADABLE else {1, 3}
    assert code in expected, differing(output)


def together() -> list[type[Service]]:
    """Return services that each make several of the choices, in steps of their own."""
    made: list[dict[str, Any]] = []
    for choice in CHOICES.values():
        steps = {name: step for name, step in vars(choice.service).items() if name[:2] != "__"}
        for others in made:
            if others.keys().isdisjoint(steps):
                others.update(steps)
                break
        else:
            made.append(steps)
    return [type(", ".join(steps), (Service,), steps) for steps in made]


@pytest.mark.slow
@pytest.mark.parametrize(
    "service",
    [*together(), *(choice.service for choice in choices.CHOICES)],
    ids=lambda service: service.__name__,
)
def test_a_choice_that_the_page_leaves_open_is_not_a_difference(
    check: Check, service: type[Service]
) -> None:
    """It is at most observed."""
    code, output = check(service)
    assert code == 0, differing(output)
