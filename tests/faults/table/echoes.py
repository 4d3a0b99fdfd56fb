"""Rows 30 and 44: servers that repeat the token, or show a password."""

import json
from typing import Any

import attrs

from certifier_client import errors as cc
from documented import TEMPLATE
from faults import fault_server as s
from faults.fault import CANARY, Fault, body, free_port
from faults.fault_server import error, read, response, send
from faults.table.shared import CHUNKED, HEAD

# fmt: off
TOKENS = [
    Fault(30, "the token repeated in an error", [(read, s.echo(lambda request: response(400, request)))], cc.BadRequestError),
    Fault(30, "the token repeated in a field", [(read, s.echo(lambda request: response(200, {**TEMPLATE, "x": request.decode()})))]),
    Fault(30, "the token repeated in a message", [(read, s.echo(lambda request: response(401, {"error": {"code": "unauthorized", "message": request.decode()}})))], cc.UnauthorizedError),
    Fault(30, "the token repeated in a redirect", [(read, send(error(302, [("Location", f"https://a.org/{CANARY}")])))], cc.RedirectError),
    Fault(30, "the token repeated as garbage", [(read, s.echo(lambda request: request))], cc.TransportError, ambiguous=True),
    Fault(30, "the token repeated in a header", [(read, send(response(200, b"{}", [("X-Token", CANARY), ("Retry-After", CANARY)])))], cc.InvalidResponseError, ambiguous=True),
]

_ESCAPED = "".join(f"\\u{ord(character):04x}" for character in CANARY)
_PARTLY = CANARY.replace("s", "\\u0073").replace("_", "\\u005F")


def without_password(error: Any) -> bool:
    """Return whether no output shows the password of a location."""
    return "s3cr3t" not in str(error) and "s3cr3t" not in str(error.location)


ECHOES = [
    Fault(44, "in the status line", [(read, send(response(404, b"{}").replace(b"404 ", f"404 {CANARY}".encode())))], cc.NotFoundError),
    Fault(44, "in a broken status line", [(read, send(f"HTTP/1.1 {CANARY}\r\n\r\n".encode()))], cc.TransportError, ambiguous=True),
    Fault(44, "as a header name", [(read, send(response(404, b"{}", [(CANARY, CANARY)])))], cc.NotFoundError),
    Fault(44, "in a broken header", [(read, send(HEAD + f"{CANARY}\r\n\r\n".encode()))], cc.TransportError, ambiguous=True),
    Fault(44, "as a chunk size", [(read, send(response(200, b"", CHUNKED) + f"{CANARY}\r\n".encode()))] * 3, cc.TransportError, 3, ambiguous=True),
    Fault(44, "in a trailer", [(read, send(response(200, b"", CHUNKED) + b"2\r\n{}\r\n0\r\n" + f"X-A: {CANARY}\r\n\r\n".encode()))], cc.InvalidResponseError, ambiguous=True),
    *(
        Fault(44, f"in JSON, {name}", [(read, send(response(status, f'{{"error": {{"code": "{token}", "message": "{token}"}}}}'.encode())))], ends, ambiguous=status == 200)
        for name, token in {"escaped": _ESCAPED, "escaped in part": _PARTLY}.items()
        for status, ends in {401: cc.UnauthorizedError, 200: cc.InvalidResponseError}.items()
    ),
    Fault(44, "in an unknown field", [body(json.dumps(TEMPLATE)[:-1] + f', "{_PARTLY}": "{_ESCAPED}"}}')]),
    *(
        Fault(44, f"a password in {location}", [(read, send(error(302, [("Location", location)])))], cc.RedirectError, check=without_password)
        for location in ("https://user:s3cr3t@host/a", "https://user:s3cr3t@[bad/a", "https://user:s3cr3t/x@host/a", "https:user:s3cr3t@host", "user:s3cr3t@host", "//user:s3cr3t@host")
    ),
]

# A token from a callable is not in the options but in other variables.
CALLED = [
    *(attrs.evolve(fault, row=44, name=f"{fault.name}, of a callable", options={"access_token": lambda: CANARY}) for fault in (*TOKENS, *ECHOES)),
    *(
        Fault(44, f"a callable's token {name}", [], cc.InputError, 0, 0, options={"access_token": lambda token=token: token})
        for name, token in {"with a space": f"{CANARY} x", "with Bearer": f"Bearer {CANARY}", "in a list": [CANARY], "in bytes": CANARY.encode()}.items()
    ),
    Fault(44, "a callable's token, and no network", [], cc.TransportError, 0, 3, options={"access_token": lambda: CANARY}, also=lambda _: {"base_url": f"http://localhost:{free_port()}"}),
]
