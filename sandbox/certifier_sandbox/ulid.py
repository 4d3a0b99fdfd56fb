"""Ids in the format of the service."""

import secrets
from datetime import datetime

CROCKFORD_BASE_32 = "0123456789abcdefghjkmnpqrstvwxyz"


def new_ulid(time: datetime) -> str:
    """Return a lower-case ULID of 26 characters: 48 bits of milliseconds, 80 random bits."""
    milliseconds = max(0, int(time.timestamp() * 1000))
    number = milliseconds << 80 | secrets.randbits(80)
    return "".join(CROCKFORD_BASE_32[number >> shift & 31] for shift in range(125, -1, -5))
