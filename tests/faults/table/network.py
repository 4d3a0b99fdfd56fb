"""Rows 1 to 6: no connection, and connections that break or stall."""

import datetime as dt

from certifier_client import errors as cc
from faults import fault_server as s
from faults.fault import (
    CAREFUL,
    LONG_AGO,
    ONCE,
    OTHER_CA,
    Fault,
    certificate,
    free_port,
    full_port,
    old_tls,
    timeout,
    variants,
)
from faults.fault_server import GOOD, close, error, read, reset, response, send
from faults.table.shared import CHUNKED, HEAD

# fmt: off
NETWORK = [
    Fault(1, "name not found", [], cc.TransportError, 0, 3, says="no-such-host.invalid", options={"base_url": "http://no-such-host.invalid", "allow_http": True}),
    Fault(1, "connection refused", [], cc.TransportError, 0, 3, says="check the base URL", also=lambda _: {"base_url": f"http://localhost:{free_port()}"}),
    Fault(1, "connection not taken", [], cc.TimedOutError, 0, 3, says="ConnectTimeout", also=lambda _: {"base_url": f"http://127.0.0.1:{full_port()}", "timeout": timeout(connect=0.02)}),
    Fault(1, "connection not taken until the deadline", [], cc.TimedOutError, 0, 1, also=lambda _: {"base_url": f"http://127.0.0.1:{full_port()}", "deadline": 0.05}),
    Fault(2, "a certificate of the user's own", [], tls=certificate, environment={"SSL_CERT_FILE": "CA"}),
    Fault(2, "unknown CA", [], cc.TlsError, 0, 1, tls=lambda: certificate(OTHER_CA), says="SSL_CERT_FILE", environment={"SSL_CERT_FILE": "CA"}),
    Fault(2, "unknown CA and the environment against it", [], cc.TlsError, 0, 1, tls=certificate, environment={"PYTHONHTTPSVERIFY": "0", "CURL_CA_BUNDLE": "", "REQUESTS_CA_BUNDLE": "", "SSL_VERIFY": "false", "NODE_TLS_REJECT_UNAUTHORIZED": "0"}),
    Fault(2, "expired", [], cc.TlsError, 0, 1, says="expired", environment={"SSL_CERT_FILE": "CA"}, tls=lambda: certificate(not_before=LONG_AGO, not_after=LONG_AGO + dt.timedelta(days=9))),
    Fault(2, "another host's", [], cc.TlsError, 0, 1, says="localhost", tls=lambda: certificate(name="example.org"), environment={"SSL_CERT_FILE": "CA"}),
    Fault(2, "too old", [], cc.TlsError, 0, 1, tls=old_tls, environment={"SSL_CERT_FILE": "CA"}),
    Fault(2, "no TLS at all", [(send(b"HTTP/1.1 200 OK\r\n\r\n"), s.stall(1))], cc.TlsError, 0, 1, also=lambda server: {"base_url": f"https://localhost:{server.port}"}),
    Fault(2, "handshake broken off", [(s.stall(0.01), close)] * 3, cc.TransportError, 0, 3, also=lambda server: {"base_url": f"https://localhost:{server.port}"}),
    Fault(2, "handshake reset", [(s.stall(0.01), reset)] * 3, cc.TransportError, 0, 3, also=lambda server: {"base_url": f"https://localhost:{server.port}"}),
    Fault(2, "handshake that does not end", [(s.stall(9),)] * 3, cc.TimedOutError, 0, 3, also=lambda server: {"base_url": f"https://localhost:{server.port}", "timeout": timeout(connect=0.02)}),
    Fault(3, "closed in time to be seen", [(*GOOD, close)], None, 2, calls=2, options={"retry": ONCE}),
    Fault(3, "closed as the next request comes", [GOOD, (read, close)], None, 3, calls=2, options={"retry": ONCE}),
    Fault(3, "reset as the next request comes", [GOOD, (read, reset)], None, 3, calls=2, options={"retry": ONCE}),
    Fault(3, "closed, and the fresh one too", [GOOD, (read, close), (read, close)], cc.TransportError, 3, 2, ambiguous=True, calls=2, options={"retry": ONCE}),
    Fault(3, "closed, careful", [GOOD, (read, close)], cc.TransportError, 2, 1, ambiguous=True, calls=2, options={"retry": CAREFUL}),
    *variants(4, "closed without a response", (read, close), cc.TransportError),
    *variants(4, "reset without a response", (read, reset), cc.TransportError),
    *variants(4, "closed within the head", (read, send(HEAD + b"Content-Le"), close), cc.TransportError),
    *variants(4, "reset within the body", (read, send(HEAD + b"Content-Length: 9\r\n\r\n{"), reset), cc.TransportError),
    Fault(4, "reset while sending", [(s.stall(0.01), reset)] * 3, cc.TransportError, 0, 3, ambiguous=True, fields={"name": "n" * 8_000_000}),
    Fault(5, "no response in time, once", [(read, s.stall(9))], None, 2, options={"timeout": timeout(read=0.1)}),
    Fault(5, "no response in time, always", [(read, s.stall(9))] * 3, cc.TimedOutError, 3, ambiguous=True, options={"timeout": timeout(read=0.02)}),
    Fault(5, "no response in time, careful", [(read, s.stall(9))], cc.TimedOutError, 1, ambiguous=True, options={"timeout": timeout(read=0.02), "retry": CAREFUL}),
    Fault(5, "no body in time", [(read, send(HEAD + b"Content-Length: 9\r\n\r\n{"), s.stall(9))] * 3, cc.TimedOutError, 3, ambiguous=True, options={"timeout": timeout(read=0.02)}),
    Fault(5, "request not taken in time", [(s.hold(9),)] * 3, cc.TimedOutError, 0, 3, ambiguous=True, says="WriteTimeout", options={"timeout": timeout(write=0.02, read=0.02)}, fields={"name": "n" * 8_000_000}),
    Fault(5, "request taken little by little", [(s.sip(0.02),)], cc.TimedOutError, 0, 1, ambiguous=True, options={"deadline": 0.2}, fields={"name": "n" * 8_000_000}),
    Fault(5, "no room for another attempt", [(read, s.stall(9))], cc.TimedOutError, 1, ambiguous=True, options={"deadline": 0.05}),
    Fault(6, "head dripping", [(read, s.drip(response(), 0.02))], cc.TimedOutError, 1, ambiguous=True, options={"deadline": 0.1}),
    Fault(6, "body dripping", [(read, send(response()[:-50]), s.drip(response()[-50:], 0.02))], cc.TimedOutError, 1, ambiguous=True, options={"deadline": 0.1}),
    Fault(6, "chunks dripping", [(read, send(response(200, b"", CHUNKED)), s.drip(b"1\r\na\r\n" * 50, 0.01))], cc.TimedOutError, 1, ambiguous=True, options={"deadline": 0.1}),
    Fault(6, "error dripping", [(read, s.drip(error(404), 0.02))], cc.TimedOutError, 1, ambiguous=True, options={"deadline": 0.1}),
    Fault(6, "dripping, but in time", [(read, s.drip(response(), 0.0001))], options={"deadline": 60}),
]
