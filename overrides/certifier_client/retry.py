"""What follows an attempt. Pure: no clock, no I/O."""

from http import HTTPStatus

from certifier_client.answers import error_for
from certifier_client.errors import TransportError
from certifier_client.response import Response


def decide(outcome: Response | TransportError) -> Response:
    """Return the answer of an attempt that succeeded; raise what any other attempt ended in.

    A call is one attempt for now. The third decision, to wait and attempt again, belongs here.
    """
    if isinstance(outcome, TransportError):
        raise outcome
    if outcome.status != HTTPStatus.OK:
        raise error_for(outcome)
    return outcome
