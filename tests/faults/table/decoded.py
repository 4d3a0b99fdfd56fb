"""Row 43: times, nesting and numbers."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from certifier_client import errors as cc
from documented import TEMPLATE
from faults.fault import Fault, body
from faults.fault_server import Turn
from faults.table.shared import template


# fmt: off
def times(created: str, updated: str = "2022-01-01T00:00:00Z") -> Turn:
    """Return a success with these times."""
    return template(createdAt=created, updatedAt=updated)


def as_utc(text: str) -> Callable[[Any], bool]:
    """Return a check of the time when a template was created."""
    return lambda template: template.created_at == dt.datetime.fromisoformat(text)


DECODED = [
    *(
        Fault(43, created, [times(created)], check=as_utc(moment))
        for created, moment in {
            "2022-01-01t00:00:00z": "2022-01-01T00:00:00Z",
            "2022-01-01T00:00:00.5+05:30": "2022-01-01T00:00:00.5+05:30",
            "2022-01-01T00:00:00.123456789012Z": "2022-01-01T00:00:00.123456Z",
            "2016-12-31T23:59:60Z": "2017-01-01T00:00:00Z",
            "2016-12-31t18:59:60.5-05:00": "2017-01-01T00:00:00.5Z",
        }.items()
    ),
    *(Fault(43, f"time {created}", [times(created)], cc.InvalidResponseError, ambiguous=True, says="createdAt") for created in ("2022-01-01T00:00:61Z", "2022-01-01T00:00:00", "9999-12-31T23:59:60Z", "now", "")),
    *(Fault(43, f"nested {levels} levels deep", [body(json.dumps(TEMPLATE)[:-1] + ', "x": ' + "[" * levels + "]" * levels + "}")], ends, ambiguous=bool(ends)) for levels, ends in ((99, None), (100, cc.InvalidResponseError))),
    *(Fault(43, number, [body(json.dumps(TEMPLATE)[:-1] + f', "x": {number}}}')], cc.InvalidResponseError, ambiguous=True) for number in ("1e999", "-1e999", "NaN", "Infinity")),
]
