"""A change that is asked for, and what came of it."""

from typing import Any, Literal, Required, cast

import attrs

from certifier_client import errors
from certifier_client.bulk.fields import FIELDS
from certifier_client.credential_templates import UpdateFields
from certifier_client.models import CredentialTemplate


class Change(UpdateFields, total=False):
    """The fields to set, and the ``id`` of the credential template to set them of."""

    id: Required[str]


Kind = Literal[
    "applied", "done", "restored", "same", "different", "rejected", "failed", "blocked", "unsent"
]


@attrs.frozen
class Outcome:
    """What came of one change.

    Attributes:
        number: of the change, from 1.
        change: what was asked for, as it was when it was handed over.
        kind: what came of it. ``applied``: the service returned the template as it is now.
            ``done``: an earlier run of the same journal has applied it; nothing was sent.
            ``restored``: an undo has set the template back. ``same`` and ``different``: a
            comparison found the template to have these values, or others. ``rejected``: the input
            is invalid or the service rejects it, now or in an earlier run of the same journal; to
            send it again would change nothing. ``failed``: no response came, or one that may be
            another the next time; another run sends it again. ``blocked``: nothing was sent, since
            an earlier change of the same template failed. ``unsent``: nothing was sent, since the
            run ended before.
        template: as it is now, if the service returned it.
        error: why it was rejected or failed; where that is no error of this package, the iteration
            raises it.
        problems: of an undo, which fields could not be restored, and why.

    """

    number: int
    change: Change
    kind: Kind
    template: CredentialTemplate | None = None
    error: errors.CertifierError | None = None
    problems: tuple[str, ...] = ()

    @property
    def differences(self) -> dict[str, tuple[object, object]]:
        """Of each field that the change sets to another value: the value now, and the new one."""
        if self.template is None:
            return {}
        now = self.template.to_dict()
        new = fields_of(self.change)
        return {
            field.name: (now.get(field.wire_name), new[field.name])
            for field in FIELDS
            if field.name in new and now.get(field.wire_name) != new[field.name]
        }


@attrs.frozen
class PlannedChange:
    """A change that is to be made.

    Attributes:
        number: of the change; of what is undone, the number of the first change.
        change: what is to be set.
        problems: of an undo, which fields cannot be restored, and why.

    """

    number: int
    change: Change
    problems: tuple[str, ...] = ()


def fields_of(change: Change) -> Any:  # noqa: ANN401 - to be passed on as keyword arguments
    """Return a change without its id, or raise InputError for a field that there is not."""
    fields = {name: value for name, value in cast("dict[Any, Any]", change).items() if name != "id"}
    known = [field.name for field in FIELDS]
    if unknown := sorted(map(str, fields.keys() - set(known))):
        raise errors.InputError(f"unknown field {', '.join(unknown)}: there are {', '.join(known)}")
    return fields


def key_of(change: Change) -> str:
    """Return what is the same for all changes of a template: ASCII case does not matter in ids."""
    template_id = str(change.get("id")).encode(errors="backslashreplace")
    return template_id.lower().decode()


# Statuses of the class ClientError that may be others the next time.
_TRANSIENT = {408, 425, 429}
# What every other change would end in as well. An InputError of a change that was checked is about
# the configuration: an option, a file that it names, a variable of the environment.
_FATAL = (
    errors.ClosedError,
    errors.InputError,
    errors.JournalError,
    errors.PaymentRequiredError,
    errors.ProxyError,
    errors.TlsError,
    errors.UnauthorizedError,
)


def is_fatal(error: errors.CertifierError | None) -> bool:
    """Return whether an error that a request ended in ends the run."""
    return isinstance(error, _FATAL)


def kind_of(error: errors.CertifierError) -> Kind:
    """Return what an error that a request ended in makes of the change."""
    final = isinstance(error, errors.ClientError) and error.status not in _TRANSIENT
    return "rejected" if final and not is_fatal(error) else "failed"
