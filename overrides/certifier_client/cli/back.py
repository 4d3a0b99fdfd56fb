"""What puts templates back as they were before the changes that a journal knows of."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, cast

import attrs

from certifier_client.bulk.change import Change
from certifier_client.bulk.journal import Journal
from certifier_client.bulk.run import template_of

_NAMES = {"name": "name", "design_ids": "designIds", "learning_event_url": "learningEventUrl"}


@attrs.frozen
class Back:
    """What puts one template back.

    Attributes:
        numbers: of the changes that it takes back, the last first.
        change: sets each field as it was before the first of them; it sets none if all were empty.
        empty: names of fields that were empty, which no change can bring about.
        unkept: numbers of changes before which the template was not kept.

    """

    numbers: Sequence[int]
    change: Change
    empty: Sequence[str]
    unkept: Sequence[int]


def backs(journal: Journal) -> Iterator[Back]:
    """Give what puts each template back that was changed, or may have been."""
    for _, changes in groupby(journal.kept(), key=lambda kept: template_of(kept[1])):
        numbers: list[int] = []
        unkept: list[int] = []
        fields: dict[str, Any] = {}
        for number, change, before in changes:  # the last first, so that the first one counts
            fields["id"] = change["id"]
            if before is None:
                unkept.append(number)
                continue
            numbers.append(number)
            fields |= {name: before[_NAMES[name]] for name in change if name != "id"}
        empty = [name for name, value in fields.items() if not value]
        for name in empty:
            del fields[name]
        yield Back(numbers, cast("Change", fields), empty, unkept)
