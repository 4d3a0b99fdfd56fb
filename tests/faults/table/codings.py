"""Row 42: content codings."""

from certifier_client import errors as cc
from faults.fault import Fault
from faults.fault_server import error, read, send
from faults.table.shared import LENGTH, framed, has_code


# fmt: off
def encoded(*values: str) -> bytes:
    """Return headers of content codings."""
    return b"".join(b"Content-Encoding:%b\r\n" % value.encode() for value in values)


CODINGS = [
    *(Fault(42, f"{value!r}", [framed(LENGTH + encoded(value))]) for value in ("", " ", ",", "identity", " Identity", " IDENTITY\t", " identity ,")),
    Fault(42, "none", [framed(LENGTH)]),
    Fault(42, "identity twice", [framed(LENGTH + encoded("identity", "Identity"))]),
    Fault(42, "a header in capitals", [framed(LENGTH + encoded("identity").upper())]),
    *(Fault(42, f"{value!r}", [framed(LENGTH + encoded(value))], cc.InvalidResponseError, ambiguous=True, says=f"compressed ({value!r})") for value in ("gzip", "GZIP", "GZip", "X-Gzip", "br", "BR", "zstd", "identity, gzip", "identities", "gzip, br, zstd")),
    Fault(42, "two", [framed(LENGTH + encoded("gzip", "br"))], cc.InvalidResponseError, ambiguous=True, says="compressed ('gzip, br')"),
    Fault(42, "a long one", [framed(LENGTH + encoded("a" * 21))], cc.InvalidResponseError, ambiguous=True, says=f"compressed ('{'a' * 20}')"),
    Fault(42, "of an error", [(read, send(error(404, [("Content-Encoding", "IDENTITY")])))], cc.NotFoundError, check=has_code("some_code")),
]
