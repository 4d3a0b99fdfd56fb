"""A table of named requests, of every kind that the page or a careless client leads to.

Each row is one request to a fresh service, and the model predicts the response. Cases that need
more than one request (an injected response, an earlier write) are in the state machine.
"""

import itertools
import json
from collections.abc import Iterator
from typing import Any

from certifier_sandbox import (
    FREE_TEMPLATE_ID,
    FREE_TOKEN,
    PREMIUM_TOKEN,
    SECOND_TEMPLATE_ID,
    SECOND_TOKEN,
    TEMPLATE_ID,
)
from contract.model import Request

PATH = f"/v1/groups/{TEMPLATE_ID}"
AUTHORIZATION = ("Authorization", f"Bearer {PREMIUM_TOKEN}")
VERSION = ("Certifier-Version", "2022-10-26")
JSON = ("Content-Type", "application/json")
HEADERS = (AUTHORIZATION, VERSION, JSON)

Row = tuple[str, Request]


def body_of(value: Any) -> bytes:
    """Return the body that a client sends for a value."""
    return json.dumps(value).encode()


def update(value: Any, token: str = PREMIUM_TOKEN, template_id: str = TEMPLATE_ID) -> Request:
    """Return a well-formed request with this body."""
    headers = (("Authorization", f"Bearer {token}"), VERSION, JSON)
    return Request(target=f"/v1/groups/{template_id}", headers=headers, body=body_of(value))


def rows() -> list[Row]:
    """Return all rows, with unique names."""
    families = (
        authentication,
        versions,
        ids,
        paths,
        methods,
        fields,
        combinations,
        broken_json,
        unusual_json,
        content_types,
        plans,
        orders,
    )
    return [
        (f"{family.__name__}: {name}", request) for family in families for name, request in family()
    ]


def authentication() -> Iterator[Row]:
    """The token: missing, misplaced, with another scheme, altered, repeated, of another tenant."""
    rest = (VERSION, JSON)
    yield "absent", Request(headers=rest)
    yield "in the query", Request(target=f"{PATH}?access_token={PREMIUM_TOKEN}", headers=rest)
    yield "in a cookie", Request(headers=(("Cookie", f"token={PREMIUM_TOKEN}"), *rest))
    for name in ("X-Api-Key", "Proxy-Authorization", "X-Authorization", "Authentication"):
        yield f"in {name}", Request(headers=((name, f"Bearer {PREMIUM_TOKEN}"), *rest))
    for name in ("authorization", "AUTHORIZATION", "aUthorization"):
        yield f"header {name}", Request(headers=((name, f"Bearer {PREMIUM_TOKEN}"), *rest))
    altered = {
        "upper case": PREMIUM_TOKEN.upper(),
        "first character missing": PREMIUM_TOKEN[1:],
        "last character missing": PREMIUM_TOKEN[:-1],
        "one character more": f"{PREMIUM_TOKEN}0",
        "quoted": f'"{PREMIUM_TOKEN}"',
        "with a comma": f"{PREMIUM_TOKEN},",
        "twice": f"{PREMIUM_TOKEN} {PREMIUM_TOKEN}",
        "two with a comma": f"{PREMIUM_TOKEN}, Bearer {PREMIUM_TOKEN}",
        "unknown": "cfp_unknown00000000000000000000000000000",
        "percent-encoded": PREMIUM_TOKEN.replace("_", "%5F"),
        "template id": TEMPLATE_ID,
        "null": "null",
        "latin-1": "cfp_\xe9",
    }
    schemes = [
        "Bearer",
        "bearer",
        "BEARER",
        "bEaReR",
        "Basic",
        "Token",
        "Digest",
        "Bearer:",
        "Bear",
    ]
    for scheme, space in itertools.product(schemes, (" ", "  ", "", "\t", "   ")):
        value = f"{scheme}{space}{PREMIUM_TOKEN}"
        yield f"{value!r}", Request(headers=(("Authorization", value), *rest))
    for name, token in altered.items():
        yield name, Request(headers=(("Authorization", f"Bearer {token}"), *rest))
    for value in ("", "Bearer", "Bearer ", PREMIUM_TOKEN, f"{PREMIUM_TOKEN} Bearer"):
        yield f"header value {value!r}", Request(headers=(("Authorization", value), *rest))
    for first, second in itertools.product((PREMIUM_TOKEN, SECOND_TOKEN), repeat=2):
        doubled = tuple(("Authorization", f"Bearer {token}") for token in (first, second))
        yield f"two headers {first[4:8]} {second[4:8]}", Request(headers=(*doubled, *rest))


def versions() -> Iterator[Row]:
    """The version header: missing, empty, another version, altered, repeated."""
    rest = (AUTHORIZATION, JSON)
    yield "absent", Request(headers=rest)
    yield "in the query", Request(target=f"{PATH}?Certifier-Version=2022-10-26", headers=rest)
    for name in ("certifier-version", "CERTIFIER-VERSION", "Version", "X-Certifier-Version"):
        yield f"header {name}", Request(headers=(*rest, (name, "2022-10-26")))
    values = (
        "", "2022-10-26", "2022-10-27", "2021-10-26", "2022-10-26T00:00:00Z", "2022-10", "20221026",
        "v1", "1", "latest", "*", '"2022-10-26"', "2022-10-26, 2022-10-26", "2022-10-26;",
        "2022-10-26 2022-10-26", "2022/10/26", "26-10-2022", "null", "2022-10-2", "2022-10-266",
        "\xe9",
    )  # fmt: skip
    for value in values:
        yield f"{value!r}", Request(headers=(*rest, ("Certifier-Version", value)))
    for pair in itertools.product(("2022-10-26", "2021-10-26"), repeat=2):
        doubled = tuple(("Certifier-Version", value) for value in pair)
        yield f"two headers {pair}", Request(headers=(*rest, *doubled))


def ids() -> Iterator[Row]:
    """The id: of another tenant, unknown, in other spellings, dotted, encoded, long, unusual."""
    encoded = TEMPLATE_ID.replace("v", "%76")
    yield "the known one", Request(headers=HEADERS)
    yield "percent-encoded", Request(target=f"/v1/groups/{encoded}", headers=HEADERS)
    yield (
        "encoded twice",
        Request(target=f"/v1/groups/{encoded.replace('%', '%25')}", headers=HEADERS),
    )
    segments = (
        FREE_TEMPLATE_ID, SECOND_TEMPLATE_ID, TEMPLATE_ID.upper(), TEMPLATE_ID[:-1], f"{TEMPLATE_ID}0",
        TEMPLATE_ID[1:], f"%20{TEMPLATE_ID}", f"{TEMPLATE_ID}%20", f"{TEMPLATE_ID}%00", "%00", "0",
        "null", "undefined", "-", "_", "~", "*", "%2A", ".", "..", "...", "%2e", "%2E%2E", "%2F",
        f"%2F{TEMPLATE_ID}", f"{TEMPLATE_ID}%2F", f"{TEMPLATE_ID}%2f..", f"a%2F{TEMPLATE_ID}", "%5C",
        "%25", "%", "%zz", "%C3%A9", "%ff", "%F0%9F%92%A9", "a" * 26, "a" * 255, "a" * 4000,
        f"{TEMPLATE_ID};a=b", f"{TEMPLATE_ID}.json", f"{TEMPLATE_ID}:", "'", "%22", "%3Cscript%3E",
        "1%20OR%201=1", "'%20OR%20''='", f"{TEMPLATE_ID}%3Fa", f"{TEMPLATE_ID}%23a", "me", "self",
    )  # fmt: skip
    for segment in segments:
        request = Request(target=f"/v1/groups/{segment}", headers=HEADERS)
        yield f"{segment[:60]} {len(segment)}", request


def paths() -> Iterator[Row]:
    """Other paths, and a query."""
    targets = (
        "/", "/v1", "/v1/", "/v1/groups", "/v1/groups/", f"{PATH}/", f"{PATH}//", f"//v1/groups/{TEMPLATE_ID}",
        f"/v1//groups/{TEMPLATE_ID}", f"/v1/groups//{TEMPLATE_ID}", f"/V1/groups/{TEMPLATE_ID}",
        f"/v1/Groups/{TEMPLATE_ID}", f"/v1/group/{TEMPLATE_ID}", f"/v2/groups/{TEMPLATE_ID}",
        f"/groups/{TEMPLATE_ID}", f"/v1/credential-templates/{TEMPLATE_ID}", f"{PATH}/a", f"/a{PATH}",
        f"/v1/./groups/{TEMPLATE_ID}", f"/v1/groups/../groups/{TEMPLATE_ID}", f"/v1/groups%2F{TEMPLATE_ID}",
        f"{PATH}?", f"{PATH}?name=x", f"{PATH}?a=1&a=2", f"{PATH}?%00", f"{PATH}?/", "/favicon.ico",
    )  # fmt: skip
    for target in targets:
        yield target, Request(target=target, headers=HEADERS, body=body_of({"name": "Moved"}))


def methods() -> Iterator[Row]:
    """Other methods, with and without a token, on this path and on others."""
    names = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "patch", "PATCHX", "QUERY")
    for method, target in itertools.product(names, (PATH, "/v1/groups/unknown", "/v1/groups")):
        yield f"{method} {target}", Request(method, target, HEADERS)
    for method in names[:5]:
        yield f"{method} without a token", Request(method, PATH, (VERSION, JSON))


TEXTS = (
    "", " ", "a", "0", "null", "Financial Markets", "é", "e\u0301", "日本語", "📈", "👩‍👩‍👧", "\u202eabc",
    "\ufeff", "\u0000", "a\u0000b", "\n", "\t", "\r\n", "\u007f", "\u2028", "\\", '"', "'", "<b>", "{{x}}",
    "[group.name]", "%s", "a" * 255, "a" * 256, "a" * 5000, "é" * 3000, "../..", "'; DROP TABLE template;--",
)  # fmt: skip
WRONG: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.5, 1e300, 2**63, 2**64, [], {}, [[]], [None], [1], [True], [{}],
    [["a"]], {"a": 1}, {"$ref": "#"},
)  # fmt: skip
URLS = (
    "https://example.org", "http://example.org", "https://example.org/", "https://example.org:8443/a?b=c#d",
    "https://user:password@example.org", "https://[::1]/", "https://127.0.0.1", "ftp://example.org",
    "mailto:a@example.org", "urn:isbn:0451450523", "a:b", "x:", "HTTPS://EXAMPLE.ORG", "https://example.org/%20",
    "https://xn--exmple-cua.org", "file:///etc/passwd", "javascript:alert(1)", "data:,a", "https://example.org/a,b;c",
    "https://éxample.org", "https://example.org/é", "https://example.org/a b", " https://example.org",
    "https://example.org ", "https://example.org/\n", "example.org", "//example.org", "/a", "?a", "#a",
    "https://", "https:/", "https:", "http://[", "http://[::1", "https://example.org/%zz", "https://example.org/\\",
    "https://example.org/<a>", "https://example.org/{a}", "https://example.org/|", "1https://a", "://a",
    "https://example.org:port", "https://" + "a" * 2000 + ".org",
)  # fmt: skip


def fields() -> Iterator[Row]:
    """Each field by itself: valid, empty, unusual, huge, null, of another type or case."""
    for text in TEXTS:
        label = f"{text[:30]!r} {len(text)}"
        yield f"name {label}", update({"name": text})
        yield f"designIds [{label}]", update({"designIds": [text]})
        yield f"learningEventUrl {label}", update({"learningEventUrl": text})
    for name, value in itertools.product(
        ("name", "designIds", "learningEventUrl", "certificateDesignId", "badgeDesignId"), WRONG
    ):
        yield f"{name} {value!r}", update({name: value})
    for url in URLS:
        yield f"learningEventUrl {url[:60]!r} {len(url)}", update({"learningEventUrl": url})
    for designs in (
        ["a", "b"],
        ["b", "a"],
        ["a", "a"],
        ["a"] * 100,
        ["a", None],
        ["a", 1],
        ["a", ["b"]],
    ):
        yield f"designIds {designs!r:.40} {len(designs)}", update({"designIds": designs})
    others = (
        "Name", "NAME", "name ", "design_ids", "designids", "designIDs", "learning_event_url",
        "learningEventURL", "id", "createdAt", "updatedAt", "organization", "$schema", "__proto__", "",
        "certificate_design_id", "badgeDesignID", "group", "designTemplateIds",
    )  # fmt: skip
    for name, value in itertools.product(others, ("https://a.org", None, ["a"])):
        yield f"unknown {name!r} {value!r}", update({name: value})
    for value in (None, True, 0, 1.5, "", "a", [], [{}], ["name"]):
        yield f"body {value!r}", update(value)


RIGHT: dict[str, Any] = {
    "name": "A",
    "designIds": ["x", "y"],
    "learningEventUrl": "https://example.org/a",
    "certificateDesignId": "c",
    "badgeDesignId": "b",
    "other": 1,
}


def combinations() -> Iterator[Row]:
    """Every set of valid fields, legacy ones included; and all fields with one invalid."""
    for size in range(2, len(RIGHT) + 1):
        for names in itertools.combinations(RIGHT, size):
            yield f"{names}", update({name: RIGHT[name] for name in names})
    for wrong in RIGHT:
        yield f"all right but {wrong}", update({**RIGHT, wrong: 5})


def broken_json() -> Iterator[Row]:
    """Bodies that are not JSON."""
    bodies = (
        b"", b" ", b"\n", b"{", b"}", b"{}}", b"{},", b"{} {}", b"{}x", b"[", b"nul", b"NaN", b"Infinity",
        b"undefined", b"{'name': 'a'}", b"{name: 1}", b'{"name"}', b'{"name":}', b'{"name": }', b'{"name": a}',
        b'{"name": "a}', b'{"name": "a",}', b'{,"name": "a"}', b'{"name": "a" "b": 1}', b'{"name": \'a\'}',
        b'{"name": "\n"}', b'{"name": "\t"}', b'{"name": "\x00"}', b'{"name": "\\x"}', b'{"name": "\\u12"}',
        b'{"name": "\\ud800"}', b'{"name": "\\udc00\\ud800"}', b'{"name": "\xff"}', b'{"name": "\xed\xa0\x80"}',
        b'{"name": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}', b'{"a": 01}', b'{"a": +1}', b'{"a": .5}',
        b'{"a": 1.}', b'{"a": 0x1}', b'{"a": 1e}', b"// a\n{}", b"/* a */{}", b"{} // a", b"<a/>", b"name=a",
        b"--a\r\n", b"\xef\xbb\xbf{}", b"%7B%7D", b"\x1f\x8b", b"[" * 5000, b'{"a":' * 5000,
        '{"name": "a"}'.encode("utf-16"), '{"name": "a"}'.encode("utf-16-le"), '{"name": "a"}'.encode("utf-32"),
        '{"name": "é"}'.encode("latin-1"), "{\u00a0}".encode(), b'{"name": "\xc0\xaf"}', b'{"name": True}',
        b'{"name": None}', b"[1,]", b"[,]", b'"a', b"'a'", b"{\"a\": 'b'}", b'{"a": "b"', b'{"a" "b"}',
    )  # fmt: skip
    for body in bodies:
        yield f"{body[:40]!r} {len(body)}", Request(headers=HEADERS, body=body)


def unusual_json() -> Iterator[Row]:
    """Bodies of JSON in unusual forms."""
    bodies = (
        b' {"name": "a"} ', b'\r\n\t{"name":\t"a"}\n', b'{"name": "a", "name": "b"}', b'{"name": 1, "name": "b"}',
        b'{"name": "a", "name": 1}', b'{"n\\u0061me": "a"}', b'{"name": "\\u0061"}', b'{"name": "\\ud83d\\udcc8"}',
        b'{"name": "\\u0000"}', b'{"name": "\\/"}', b'{"name": "\x7f"}', b'{"a": 1e5}', b'{"a": -0}', b'{"a": 1E+2}',
        b'{"a": ' + b"9" * 19 + b"}", b'{"a": {"name": 1}}', b'{"a": [' + b"1," * 1000 + b"1]}",
        b'{"a": ' + b"[" * 50 + b"]" * 50 + b"}", b'{"name": "' + b"a" * 100_000 + b'"}', b"{ }", b"[ ]", b"null",
        b"true", b"0", b'""', b'{"designIds": [ "a" , "b" ]}', b'{"": ""}', b'{"name": "\\"\\\\\\b\\f"}',
        '{"name": "日本"}'.encode(), '{"名": "日本"}'.encode(),
    )  # fmt: skip
    for body in bodies:
        yield f"{body[:40]!r} {len(body)}", Request(headers=HEADERS, body=body)


def content_types() -> Iterator[Row]:
    """The content type: missing, repeated, other types, with parameters."""
    rest = (AUTHORIZATION, VERSION)
    body = body_of({"name": "Typed"})
    yield "absent", Request(headers=rest, body=body)
    values = (
        "application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;charset=UTF-8",
        'application/json; charset="utf-8"', "application/json ; charset=utf-8", "application/json; profile=a",
        "application/json;", "application/json; charset=latin-1", "application/json; charset=utf-16",
        "application/json; charset=us-ascii", "application/merge-patch+json", "application/json-patch+json",
        "application/vnd.api+json", "text/json", "text/plain", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=a", "application/xml", "application/octet-stream", "application/jsonx",
        "xapplication/json", "application", "json", "*/*", "application/*", "", ";", "application/json, text/plain",
        "text/plain; application/json", "application/x-json", "application/json5", "application/ld+json",
    )  # fmt: skip
    for value in values:
        yield f"{value!r}", Request(headers=(*rest, ("Content-Type", value)), body=body)
    for pair in itertools.product(("application/json", "text/plain"), repeat=2):
        doubled = tuple(("Content-Type", value) for value in pair)
        yield f"two headers {pair}", Request(headers=(*rest, *doubled), body=body)


def plans() -> Iterator[Row]:
    """Each organization, each template, and updates with and without designs."""
    tokens = {"premium": PREMIUM_TOKEN, "free": FREE_TOKEN, "second": SECOND_TOKEN}
    templates = {"premium": TEMPLATE_ID, "free": FREE_TEMPLATE_ID, "second": SECOND_TEMPLATE_ID}
    bodies: tuple[Any, ...] = (
        {}, {"name": "A"}, {"designIds": ["a"]}, {"name": "A", "designIds": ["a"]}, {"badgeDesignId": "a"},
        {"certificateDesignId": "a", "name": "A"}, {"designIds": []}, {"learningEventUrl": "https://a.org"},
        {"other": 1}, {"design_ids": ["a"]},
    )  # fmt: skip
    for (who, token), (whose, template_id) in itertools.product(tokens.items(), templates.items()):
        for body in bodies:
            yield f"{who} on {whose} {body}", update(body, token, template_id)


def orders() -> Iterator[Row]:
    """Every combination of mistakes in one request: the first failing check decides."""
    mistakes = ("method", "token", "version", "type", "json", "schema", "id", "plan")
    for size in range(2, len(mistakes) + 1):
        for made in itertools.combinations(mistakes, size):
            yield " ".join(made), _mistaken(set(made))


def _mistaken(made: set[str]) -> Request:
    tenant = FREE_TOKEN if "plan" in made else PREMIUM_TOKEN
    token = "unknown" if "token" in made else tenant
    known = FREE_TEMPLATE_ID if "plan" in made else TEMPLATE_ID
    value = {
        "designIds": ["a"] if "plan" in made else ["x"],
        "name": 5 if "schema" in made else "A",
    }
    return Request(
        method="PUT" if "method" in made else "PATCH",
        target=f"/v1/groups/{'unknown' if 'id' in made else known}",
        headers=(
            ("Authorization", f"Bearer {token}"),
            ("Certifier-Version", "2021-01-01" if "version" in made else "2022-10-26"),
            ("Content-Type", "text/plain" if "type" in made else "application/json"),
        ),
        body=body_of(value)[: -1 if "json" in made else None],
    )
