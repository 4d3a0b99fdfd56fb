"""Rows 32 and 36: idle connections that are reused, or must not be."""

import json
from collections.abc import Sequence

from certifier_client import errors as cc
from certifier_client._http import pool
from documented import TEMPLATE
from faults import fault_server as s
from faults.fault import Fault, certificate
from faults.fault_server import close, error, read, reset, response, send
from faults.table.shared import BIG, CHUNKED, ENCRYPTED, OWN, SENT, STRAY, has_name, on

# fmt: off
EMPTY_304 = b"HTTP/1.1 304 Not Modified\r\n\r\n"

_BEYOND = {
    "a second response": [send(response() + STRAY)],
    "a second response later": [send(response()), s.stall(0.05), send(STRAY)],
    "half a second response": [send(response() + STRAY[:50])],
    "half a second response later": [send(response()), s.stall(0.05), send(STRAY[:50])],
    "a second response and the end": [send(response() + STRAY), close],
    "a second response later and the end": [send(response()), s.stall(0.05), send(STRAY), close],
    "a byte beyond the body": [send(response() + b" ")],
    "a line end beyond the body": [send(response() + b"\r\n")],
    "a byte beyond the body later": [send(response()), s.stall(0.05), send(b"\n")],
    "an interim response beyond the body": [send(response() + b"HTTP/1.1 100 Continue\r\n\r\n")],
    "a timeout of the server's": [send(response()), s.stall(0.05), send(error(408)), close],
    "much beyond the body": [send(response() + STRAY * 2000)],
    "a second response after chunks": [send(response(200, b"%x\r\n%b\r\n0\r\n\r\n" % (len(json.dumps(TEMPLATE)), json.dumps(TEMPLATE).encode()), CHUNKED) + STRAY)],
    "the end": [send(response()), close],
    "the end later": [send(response()), s.stall(0.05), close],
    "a reset later": [send(response()), s.stall(0.05), reset],
    "announced to be closed, and left open": [send(response(200, None, [("Connection", "close")]))],
    "announced to be closed, in capitals": [send(response(200, None, [("Connection", "Foo, CLOSE")]))],
}

_EARLIER: dict[str, tuple[Sequence[s.Step], type[cc.CertifierError]]] = {
    "a body after a 204": ([send(b"HTTP/1.1 204 No Content\r\n\r\n" + STRAY)], cc.InvalidResponseError),
    "a body after a 204 later": ([send(b"HTTP/1.1 204 No Content\r\n\r\n"), s.stall(0.05), send(STRAY)], cc.InvalidResponseError),
    "a body with a length after a 204": ([send(response(204, STRAY))], cc.InvalidResponseError),
    "a body after a 304": ([send(EMPTY_304 + STRAY)], cc.RedirectError),
    "a body after a 304 later": ([send(EMPTY_304), s.stall(0.05), send(STRAY)], cc.RedirectError),
    "a body with a length after a 304": ([send(response(304, STRAY))], cc.RedirectError),
    "a second response after an error": ([send(error(404) + STRAY)], cc.NotFoundError),
    "a body larger than is read": ([send(response(200, BIG) + STRAY)], cc.InvalidResponseError),
}

REUSED = [
    *(Fault(32, name, [(read, *steps), OWN], None, 2, **SENT) for name, steps in _BEYOND.items()),
    Fault(32, "half a TLS record beyond the body", [(read, s.send_and_half_a_record(response())), OWN], None, 2, **ENCRYPTED, **SENT),
    *(Fault(32, f"{name}, TLS", [(read, *steps), OWN], None, 2, slow=True, tls=certificate, environment={"SSL_CERT_FILE": "CA"}, **SENT) for name, steps in _BEYOND.items() if "later" not in name),
    *(Fault(32, name, [(read, *steps), OWN], None, 2, earlier=ends, **SENT) for name, (steps, ends) in _EARLIER.items()),
    Fault(32, "a second response after one that is retried", [(read, send(error(503) + STRAY)), OWN], None, 2, check=has_name("its own"), wire=on(2)),
    Fault(32, "nothing beyond the body", [OWN, OWN], None, 2, calls=2, check=has_name("its own"), wire=on(1)),
    Fault(32, "a response to CONNECT with more than it", [(read, send(b"HTTP/1.1 200 Connected\r\n\r\n" + STRAY))], cc.ProxyError, 1, also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}", "base_url": "https://api.example.org"}),
    Fault(36, "idle for longer than it is kept", [OWN, OWN], None, 2, patch=lambda monkeypatch, _: monkeypatch.setattr(pool, "KEEP_ALIVE", 0.0), **SENT),
]
