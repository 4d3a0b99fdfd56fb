"""What puts templates back as they were before the changes that a journal knows of."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, cast

import attrs

from certifier_client.bulk.change import Change, Kind, Outcome
from certifier_client.bulk.journal import Journal
from certifier_client.bulk.run import fields_of, template_of
from certifier_client.credential_templates import request_of_update
from certifier_client.errors import CertifierError, InputError
from certifier_client.models import CredentialTemplate
from certifier_client.options import Settings


@attrs.frozen
class Back:
    """What puts one template back.

    Attributes:
        numbers: of the changes that it takes back, the last first.
        change: sets each field as it was before the first of them that sets it, where it can.
        problems: why a field cannot be put back, or what was sent before the template was kept.

    """

    numbers: Sequence[int]
    change: Change
    problems: Sequence[str]


def backs(journal: Journal, settings: Settings) -> Iterator[Back]:
    """Give what puts each template back that was changed, or may have been."""
    for _, changes in groupby(journal.kept(), key=lambda kept: template_of(kept[1])):
        numbers: list[int] = []
        fields: dict[str, Any] = {}
        unkept: list[int] = []
        names: set[str] = set()
        for number, change, before in changes:  # the last first, so that the first one counts
            fields["id"] = change["id"]
            unkept.append(number)
            names |= fields_of(change).keys()
            if before is not None:  # of the whole template, and so good for the later ones as well
                template = CredentialTemplate.from_dict(before)
                fields |= {name: getattr(template, name) for name in names}
                numbers += unkept
                unkept, names = [], set()
        problems = [f"change {number} was sent without --keep-before" for number in unkept]
        for name, problem in _impossible(fields, settings).items():
            del fields[name]
            problems.append(problem)
        yield Back(numbers, cast("Change", fields), problems)


def _impossible(fields: dict[str, Any], settings: Settings) -> dict[str, str]:
    """Return which fields cannot be set, and why."""
    problems: dict[str, str] = {}
    for name in fields.keys() - {"id"}:
        if not fields[name]:
            problems[name] = f"{name} was empty, which cannot be put back"
            continue
        try:
            request_of_update(settings, fields["id"], cast("Any", {name: fields[name]}))
        except InputError as error:
            problems[name] = f"as it was it cannot be put back: {error}"
    return problems


class Undo:
    """Says in a run's journal what of it is put back; `update_many` takes it for a journal."""

    def __init__(self, journal: Journal, sent: Sequence[Back]) -> None:
        self._journal = journal
        self._sent = sent

    def final(self, number: int, change: Change) -> Outcome | None:
        """Return None: what was put back is not asked for again."""
        del number, change
        return None

    def intend(self, number: int, change: Change, before: dict[str, Any] | None) -> None:
        """Record that a template is about to be put back."""
        del change, before
        for of_run in self._sent[number - 1].numbers:
            self._journal.undo_begins(of_run)

    def conclude(
        self, number: int, change: Change, kind: Kind, error: CertifierError | None = None
    ) -> None:
        """Record whether it is."""
        del change, kind
        for of_run in self._sent[number - 1].numbers:
            self._journal.undo_ends(of_run, error)
