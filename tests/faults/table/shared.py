"""Helpers for several parts of the table."""

import json
from collections.abc import Callable
from typing import Any

from certifier_client import CredentialTemplate
from certifier_client import errors as cc
from documented import TEMPLATE
from faults import fault_server as s
from faults.fault import ONCE, certificate
from faults.fault_server import FaultServer, Turn, read, response, send

# fmt: off
CHUNKED = [("Transfer-Encoding", "chunked")]
HEAD = b"HTTP/1.1 200 OK\r\n"

FAR = {"base_url": "http://no-such-host.invalid", "allow_http": True}


def was_passed_on(server: FaultServer) -> bool:
    """Return whether the request was sent to a proxy."""
    return server.requests[0].startswith(b"PATCH http://no-such-host.invalid/v1/groups/")

BIG = b" " * (2 * 1024 * 1024)

def template(**fields: object) -> Turn:
    """Return a success whose template has these fields changed."""
    return (read, send(response(200, {**TEMPLATE, **fields})))

def has_code(code: str) -> Callable[[cc.StatusError], bool]:
    """Return a check of an error's code."""
    return lambda exception: exception.code == code

def called(name: str) -> bytes:
    """Return a response with a template of this name."""
    return response(200, {**TEMPLATE, "name": name})


def has_name(name: str) -> Callable[[CredentialTemplate], bool]:
    """Return a check of a template's name."""
    return lambda credential_template: credential_template.name == name


def on(connections: int) -> Callable[[FaultServer], bool]:
    """Return a check of the number of connections."""
    return lambda server: server.connections == connections


STRAY = called("of no request")

OWN = (read, send(called("its own")))
SENT: dict[str, Any] = {"calls": 2, "check": has_name("its own"), "wire": on(2), "options": {"retry": ONCE}}

TRUSTED = {"SSL_CERT_FILE": "CA"}

LARGE: dict[str, Any] = {"fields": {"name": "n" * 8_000_000}}
ENCRYPTED: dict[str, Any] = {"tls": certificate, "environment": TRUSTED}

JSON = json.dumps(TEMPLATE).encode()
CHUNK = b"%x\r\n%b\r\n" % (len(JSON), JSON)
LENGTH = b"Content-Length: %d\r\n" % len(JSON)


def framed(head: bytes, content: bytes = JSON, *more: s.Step) -> Turn:
    """Return a response with these header lines and this content."""
    return (read, send(HEAD + head + b"\r\n" + content), *more)
