"""Row 33: hosts with several addresses."""

from certifier_client import errors as cc
from faults import fault_server as s
from faults.fault import (
    ONCE,
    Fault,
    certificate,
    closed,
    resolving,
    serves,
    swallows,
    timeout,
    unsupported,
)
from faults.fault_server import GOOD
from faults.table.shared import FAR, TRUSTED, on, was_passed_on

# fmt: off
_CONNECT_QUICKLY = {"timeout": timeout(connect=0.1)}

ADDRESSES = [
    Fault(33, "the first of two is closed", [], patch=resolving(closed, serves), options={"retry": ONCE}),
    Fault(33, "the first of two does not react", [], patch=resolving(swallows, serves), options={**_CONNECT_QUICKLY, "retry": ONCE}),
    Fault(33, "the first of two does not react until the deadline", [], patch=resolving(swallows, serves), options={"deadline": 0.2, "retry": ONCE}),
    Fault(33, "the first of two is of another family", [], patch=resolving(unsupported, serves), options={"retry": ONCE}),
    Fault(33, "the last of four serves", [], patch=resolving(unsupported, closed, swallows, serves), options={**_CONNECT_QUICKLY, "retry": ONCE}),
    Fault(33, "the first serves", [], patch=resolving(serves, swallows), options={"retry": ONCE}, wire=on(1)),
    Fault(33, "the first of two does not react, TLS", [], patch=resolving(swallows, serves), tls=certificate, environment=TRUSTED, options={"timeout": timeout(connect=0.4), "retry": ONCE}, slow=True),
    Fault(33, "all are closed", [], cc.TransportError, 0, 3, patch=resolving(closed, closed), says="check the base URL"),
    Fault(33, "none reacts", [], cc.TimedOutError, 0, 3, patch=resolving(swallows, swallows), options={"timeout": timeout(connect=0.02)}, says="ConnectTimeout"),
    Fault(33, "a name that does not exist", [], cc.TransportError, 0, 3, options={"allow_http": True}, also=lambda server: {"base_url": f"http://no-such-host.invalid:{server.port}"}, says="ConnectError: [Errno"),
    Fault(33, "another address", [], cc.TransportError, 0, 3, options={"allow_http": True}, also=lambda server: {"base_url": f"http://127.0.0.2:{server.port}"}, says="ConnectError: [Errno"),
    Fault(33, "none", [], cc.TransportError, 0, 3, patch=resolving(), says="the host has no address"),
    Fault(33, "the first of a proxy's two does not react", [], patch=resolving(swallows, serves), options={**FAR, **_CONNECT_QUICKLY, "retry": ONCE}, also=lambda server: {"proxy": f"http://proxy.example:{server.port}"}, wire=was_passed_on),
    Fault(33, "the first of a SOCKS proxy's two is closed", [(s.socks(b"\0"), *GOOD)], patch=resolving(closed, serves), options={**FAR, "retry": ONCE}, also=lambda server: {"proxy": f"socks5://proxy.example:{server.port}"}),
]
