"""Rows 23 to 26: input that is rejected before anything is sent."""

from certifier_client import errors as cc
from faults.fault import CANARY, Fault

# fmt: off
INPUT = [
    *(Fault(23, f"id {value!r}", [], cc.InputError, 0, 0, fields={"id": value}) for value in ("", ".", "..", "a/b", "%2e%2e", "%2E", "a%2fb", "a b", "a\nb", "\x7f", None, 5)),
    *(
        Fault(24, f"{name} {value!r}", [], cc.InputError, 0, 0, fields={name: value})
        for name, value in [
            ("design_ids", []),
            ("design_ids", "a"),
            ("design_ids", [5]),
            ("design_ids", None),
            ("name", 5),
            ("name", None),
            ("learning_event_url", "example.org"),
            ("learning_event_url", "ftp://a.org"),
            ("learning_event_url", "javascript:alert(1)"),
            ("learning_event_url", "https://"),
            ("name", "\ud83d"),
        ]
    ),
    *(
        Fault(25, f"{name} {value!r}", [], cc.InputError, 0, 0, options={name: value})
        for name, value in [
            ("access_token", ""),
            ("access_token", "a b"),
            ("access_token", "a\nb"),
            ("access_token", "Bearer a"),
            ("access_token", None),
            ("version", "a\r\nb"),
            ("version", ""),
            ("headers", {"X-A": "a\r\nX-B: b"}),
            ("headers", {"X A": "a"}),
            ("headers", {"Authorization": "a"}),
            ("headers", {"Accept-Encoding": "gzip"}),
            ("deadline", 0),
            ("deadline", float("nan")),
            ("deadline", "60"),
            ("retry", 3),
            ("on_retry", 3),
        ]
    ),
    Fault(25, "a token that ends in a newline", [], options={"access_token": f" {CANARY}\n"}, wire=lambda server: f"Authorization: Bearer {CANARY}\r\n".encode() in server.requests[0]),
    *(Fault(26, url, [], cc.InputError, 0, 0, options={"base_url": url}) for url in ("http://api.example.org", "http://127.0.0.1.example.org", "http://localhost.example.org", "http://[2001:db8::1]")),
    Fault(26, "plain http, allowed", [], cc.TransportError, 0, 3, options={"base_url": "http://no-such-host.invalid", "allow_http": True}),
]
