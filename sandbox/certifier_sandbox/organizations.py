"""The three organizations, and the authentication of requests."""

from dataclasses import dataclass

from starlette.datastructures import Headers

# These look like tokens of the live service, but are only valid here, so they are not secret.
PREMIUM_TOKEN = "cfp_premium00000000000000000000000000000"
FREE_TOKEN = "cfp_free00000000000000000000000000000000"
SECOND_TOKEN = "cfp_second000000000000000000000000000000"


@dataclass(frozen=True)
class Organization:
    """An organization: its name in the control API, its token, and whether its plan is premium."""

    name: str
    token: str
    premium: bool


PREMIUM = Organization("premium", PREMIUM_TOKEN, premium=True)
FREE = Organization("free", FREE_TOKEN, premium=False)
SECOND = Organization("second", SECOND_TOKEN, premium=True)

ORGANIZATIONS = (PREMIUM, FREE, SECOND)
BY_TOKEN = {organization.token: organization for organization in ORGANIZATIONS}


def authenticate(headers: Headers) -> Organization | None:
    """Return the organization whose token is in the headers, or None."""
    values = headers.getlist("authorization")
    if len(values) != 1:
        return None
    scheme, _, credentials = values[0].partition(" ")
    # RFC 9110, section 11.1: the scheme is case-insensitive, and one or more spaces follow it.
    return BY_TOKEN.get(credentials.lstrip(" ")) if scheme.lower() == "bearer" else None
