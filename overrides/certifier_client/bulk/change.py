"""A requested change, and its outcome."""

from typing import Any, Literal, Required, cast

import attrs

from certifier_client import errors
from certifier_client.errors import CertifierError, InputError
from certifier_client.models import CredentialTemplate
from certifier_client.operations import FIELDS, UpdateFields


class Change(UpdateFields, total=False):
    """The ``id`` of a credential template, and the fields to set."""

    id: Required[str]


Kind = Literal[
    "applied", "done", "restored", "same", "different", "rejected", "failed", "blocked", "unsent"
]


@attrs.frozen
class Outcome:
    """The outcome of one change.

    Attributes:
        number: the number of the change, from 1.
        change: a copy of the change.
        kind: ``applied``: the service returned the updated template. ``done``: an earlier run with
            this journal applied it; nothing was sent. ``restored``: an undo restored the template.
            ``same`` or ``different``: the result of a comparison. ``rejected``: the input is
            invalid, or the service rejected it, now or in an earlier run with this journal; sending
            it again would be pointless. ``failed``: there was no response, or one that may differ
            next time; another run sends it again. ``blocked``: nothing was sent, because an earlier
            change to the same template failed. ``unsent``: nothing was sent, because the run ended
            first.
        template: the current template, if the service returned it.
        error: why the change was rejected or failed. Errors from outside this package are raised by
            the iteration instead.
        problems: for an undo, the fields that could not be restored, and why.

    """

    number: int
    change: Change
    kind: Kind
    template: CredentialTemplate | None = None
    error: CertifierError | None = None
    problems: tuple[str, ...] = ()

    @property
    def differences(self) -> dict[str, tuple[object, object]]:
        """The current and the new value of each field that the change would change."""
        if self.template is None:
            return {}
        now = self.template.to_dict()
        new = fields_of(self.change)
        return {
            field.name: (now.get(field.wire), new[field.name])
            for field in FIELDS
            if field.name in new and now.get(field.wire) != new[field.name]
        }


@attrs.frozen
class PlannedChange:
    """A change to be made.

    Attributes:
        number: the number of the change; for an undo, that of the first change that it undoes.
        change: the id and the fields to set.
        problems: for an undo, the fields that cannot be restored, and why.

    """

    number: int
    change: Change
    problems: tuple[str, ...] = ()


def fields_of(change: Change) -> Any:  # noqa: ANN401 - to be passed on as keyword arguments
    """Return the fields of a change; InputError if one is unknown."""
    fields = {name: value for name, value in cast("dict[Any, Any]", change).items() if name != "id"}
    known = [field.name for field in FIELDS]
    if unknown := sorted(map(str, fields.keys() - set(known))):
        raise InputError(f"unknown field {', '.join(unknown)}: the fields are {', '.join(known)}")
    return fields


def key_of(change: Change) -> str:
    """Return a key that all changes of a template share, because ids ignore ASCII case."""
    template_id = str(change.get("id")).encode(errors="backslashreplace")
    return template_id.lower().decode()


# Statuses of the class ClientError that may not recur in a later request.
_TRANSIENT = {408, 425, 429}
# Every other change would fail too. Changes are checked before, so an InputError is about the
# configuration: an option, a file that it names, an environment variable.
_FATAL = (
    errors.ClosedError,
    errors.InputError,
    errors.JournalError,
    errors.PaymentRequiredError,
    errors.ProxyError,
    errors.TlsError,
    errors.UnauthorizedError,
)


def is_fatal(error: CertifierError | None) -> bool:
    """Return whether an error ends the run."""
    return isinstance(error, _FATAL)


def kind_of(error: CertifierError) -> Kind:
    """Return the kind of outcome that an error means."""
    final = isinstance(error, errors.ClientError) and error.status not in _TRANSIENT
    return "rejected" if final and not is_fatal(error) else "failed"
