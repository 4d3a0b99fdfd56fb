"""Resolve a host name, and connect to one of its addresses."""

import errno
from contextlib import suppress

import httpx

from certifier_client._http.first_use import first_use
from certifier_client._http.mode import Mode, Stream, clock
from certifier_client.errors import InputError

NO_FILES = {errno.EMFILE, errno.ENFILE}
_MAX_HOST = 253  # characters of a host name


def check_host(host: str) -> None:
    """Reject an invalid host name, even if a proxy would resolve it."""
    with suppress(UnicodeError), first_use:  # imports the encoding
        if len(host.rstrip(".").encode("idna")) <= _MAX_HOST:
            return
    raise InputError(f"{host!r} is not a valid host name: check the base URL and the proxy")


async def connect(mode: Mode, host: str, port: int, end: float) -> Stream:
    """Try the addresses of a host in turn; each gets its share of the remaining time."""
    check_host(host)
    try:
        found = await mode.resolve(host, port, end)
    except TimeoutError as error:
        raise httpx.ConnectTimeout("") from error
    except OSError as error:
        if error.errno in NO_FILES:
            raise
        raise httpx.ConnectError(str(error)) from error
    failed: Exception = httpx.ConnectError("the host has no address")
    for number, address in enumerate(found):
        now = clock()
        try:
            return await mode.connect(address, now + (end - now) / (len(found) - number))
        except TimeoutError as error:
            failed = httpx.ConnectTimeout("")
            failed.__cause__ = error
        except OSError as error:
            if error.errno in NO_FILES:
                raise
            failed = httpx.ConnectError(str(error))
            failed.__cause__ = error
    raise failed
