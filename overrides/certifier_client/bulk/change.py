"""A change that is asked for, and what came of it."""

from typing import Literal, Required, TypedDict

import attrs

from certifier_client.errors import CertifierError
from certifier_client.models import CredentialTemplate


class Change(TypedDict, total=False):
    """The fields to set, and the ``id`` of the credential template to set them of."""

    id: Required[str]
    name: str
    design_ids: list[str]
    learning_event_url: str


Kind = Literal["applied", "done", "refused", "failed", "held", "unsent"]


@attrs.frozen
class Outcome:
    """What came of one change.

    Attributes:
        number: of the change, from 1.
        change: what was asked for.
        kind: what came of it. ``applied``: the service answered with the template as it is now.
            ``done``: an earlier run of the same journal has applied it; nothing was sent.
            ``refused``: it is a mistake, or the service will not have it, now or in an earlier run
            of the same journal; to send it again would change nothing. ``failed``: no answer came,
            or one that may pass; another run tries it again. ``held``: nothing was sent, since an
            earlier change of the same template failed. ``unsent``: nothing was sent, since the run
            ended before.
        template: as it is now, if it was applied.
        error: why it was refused or failed; where that is no error of this package, the iteration
            raises it.

    """

    number: int
    change: Change
    kind: Kind
    template: CredentialTemplate | None = None
    error: CertifierError | None = None
