"""Row 37: responses that come before the whole request was sent."""

from certifier_client import errors as cc
from faults import fault_server as s
from faults.fault import ONCE, Fault, timeout
from faults.fault_server import close, error, read, reset, response, send
from faults.table.shared import ENCRYPTED, LARGE

# fmt: off
EARLY = [
    fault
    for route, how in {"": {}, ", TLS": {**ENCRYPTED, "slow": True}}.items()
    for fault in (
        Fault(37, f"an interim response while the rest is sent{route}", [(s.begin, send(b"HTTP/1.1 100 Continue\r\n\r\n"), s.hold(0.05), read, send(response()))], None, 1, **LARGE, **how),
        Fault(37, f"a rejection and a reset{route}", [(s.begin, send(error(413)), reset)], cc.ContentTooLargeError, 0, 1, **LARGE, **how),
        Fault(37, f"a rejection and a close{route}", [(s.begin, send(error(401)), close)], cc.UnauthorizedError, 0, 1, **LARGE, **how),
        Fault(37, f"a rejection, and nothing more is taken{route}", [(s.begin, send(error(413)), s.hold(9))], cc.ContentTooLargeError, 0, 1, **LARGE, **how),
        Fault(37, f"a rejection that comes late, and nothing more is taken{route}", [(s.begin, s.hold(0.05), send(error(413)), s.hold(9))], cc.ContentTooLargeError, 0, 1, **LARGE, **how),
        Fault(37, f"a rejection in pieces and a reset{route}", [(s.begin, s.drip(error(413), 0.0001), s.hold(0.01), reset)], cc.ContentTooLargeError, 0, 1, **LARGE, **how),
        Fault(37, f"a rejection after an interim response{route}", [(s.begin, send(b"HTTP/1.1 100 Continue\r\n\r\n" + error(413)), reset)], cc.ContentTooLargeError, 0, 1, **LARGE, **how),
        Fault(37, f"a rejection that is retried{route}", [(s.begin, send(error(503)), reset)], None, 1, 2, **LARGE, **how),
        Fault(37, f"half a rejection and a reset{route}", [(s.begin, send(error(413)[:30]), reset)], None, 1, 2, **LARGE, **how),
        Fault(37, f"half a rejection, and no more comes{route}", [(s.begin, send(error(413)[:30]), s.end, s.hold(9))], None, 1, 2, **LARGE, **how),
        Fault(37, f"a rejection, and no more comes{route}", [(s.begin, send(error(413)), s.end, s.hold(9))], cc.ContentTooLargeError, 0, 1, **LARGE, **how),
        Fault(37, f"no response, and none comes{route}", [(s.begin, s.end, s.hold(9))], None, 1, 2, **LARGE, **how),
        Fault(37, f"half a rejection and a close{route}", [(s.begin, send(error(413)[:30]), close)], None, 1, 2, **LARGE, **how),
        Fault(37, f"a success and a reset{route}", [(s.begin, send(response()), reset)], None, 0, 1, **LARGE, **how),
        Fault(37, f"a rejection without a length, and a close{route}", [(s.begin, send(b"HTTP/1.1 413 No\r\n\r\n{}"), s.hold(9))], cc.TimedOutError, 0, 1, ambiguous=True, options={"timeout": timeout(read=0.05), "retry": ONCE}, **LARGE, **how),
    )
]
