"""All named faults, and all named choices."""

from collections.abc import Iterable

from contract.independent import choices
from contract.independent.faults import (
    authentication,
    designs,
    fields,
    requests,
    response_faults,
    state_faults,
    versions,
)
from contract.independent.named_fault import Fault


def named(faults: Iterable[Fault]) -> dict[str, Fault]:
    """Return the faults by name; names are unique."""
    faults = list(faults)
    by_name = {fault.name: fault for fault in faults}
    if len(by_name) < len(faults):
        raise ValueError("two faults have the same name")
    return by_name


MODULES = (authentication, versions, requests, fields, designs, state_faults, response_faults)
FAULTS = named(fault for module in MODULES for fault in module.FAULTS)
CHOICES = named(choices.CHOICES)
