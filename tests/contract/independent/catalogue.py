"""All named faults."""

from contract.independent.fault import Fault
from contract.independent.faults import (
    authentication,
    designs,
    fields,
    requests,
    responses,
    state,
    versions,
)

MODULES = (authentication, versions, requests, fields, designs, state, responses)
FAULTS: dict[str, Fault] = {}
for fault in (fault for module in MODULES for fault in module.FAULTS):
    if fault.name in FAULTS:
        raise ValueError(f"two faults are named {fault.name}")
    FAULTS[fault.name] = fault
