"""A table of named requests of every kind, including those of careless clients.

Each row is one request to a new service, for which the model predicts the response. Cases that need
several requests (an injected response, an earlier write) are in the state machine.
"""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
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

VERSION = ("Certifier-Version", "2022-10-26")
JSON = ("Content-Type", "application/json")

Row = tuple[str, Request]


@dataclass(frozen=True)
class Subject:
    """The token and the template of the requests; by default those of the organization `premium`.

    Attributes:
        name: the current name of the template.
        designs: ids of designs that exist.

    """

    token: str = PREMIUM_TOKEN
    id: str = TEMPLATE_ID
    name: str = "Financial Markets"
    designs: tuple[str, ...] = ("x", "y")

    @property
    def path(self) -> str:
        """The path of the template."""
        return f"/v1/groups/{self.id}"

    @property
    def authorization(self) -> tuple[str, str]:
        """The header with the token."""
        return "Authorization", f"Bearer {self.token}"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of a well-formed request."""
        return self.authorization, VERSION, JSON

    def request(self, **others: Any) -> Request:
        """Return a request that renames the template, with these parts replaced."""
        usual = {"target": self.path, "headers": self.headers, "body": RENAMES}
        return Request(**{**usual, **others})

    def update(self, value: Any) -> Request:
        """Return a well-formed request with this body."""
        return self.request(body=body_of(value))


def body_of(value: Any) -> bytes:
    """Return a JSON value as a client encodes it."""
    return json.dumps(value).encode()


def update(value: Any, token: str = PREMIUM_TOKEN, template_id: str = TEMPLATE_ID) -> Request:
    """Return a well-formed request with this body."""
    headers = (("Authorization", f"Bearer {token}"), VERSION, JSON)
    return Request(target=f"/v1/groups/{template_id}", headers=headers, body=body_of(value))


# If a service accepts a request that it should reject, this renames the template, which is visible.
RENAMES = body_of({"name": "Renamed"})


def rows(who: Subject = Subject()) -> list[Row]:
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
        overrides,
        plans,
        orders,
        limits,
    )
    return [
        (f"{family.__name__}: {name}", request)
        for family in families
        for name, request in family(who)
    ]


def authentication(who: Subject) -> Iterator[Row]:
    """Tokens: missing, misplaced, with another scheme, altered, repeated, of another organization."""
    rest = (VERSION, JSON)
    yield "absent", who.request(headers=rest)
    yield "in the query", who.request(target=f"{who.path}?access_token={who.token}", headers=rest)
    yield "in a cookie", who.request(headers=(("Cookie", f"token={who.token}"), *rest))
    for name in ("X-Api-Key", "Proxy-Authorization", "X-Authorization", "Authentication"):
        yield f"in {name}", who.request(headers=((name, f"Bearer {who.token}"), *rest))
    for name in ("authorization", "AUTHORIZATION", "aUthorization"):
        yield f"header {name}", who.request(headers=((name, f"Bearer {who.token}"), *rest))
    altered = {
        "in another case": who.token.swapcase(),
        "another last character": who.token[:-1] + ("0" if who.token[-1] != "0" else "1"),
        "first character missing": who.token[1:],
        "last character missing": who.token[:-1],
        "one character more": f"{who.token}0",
        "quoted": f'"{who.token}"',
        "with a comma": f"{who.token},",
        "twice": f"{who.token} {who.token}",
        "two with a comma": f"{who.token}, Bearer {who.token}",
        "unknown": "cfp_unknown00000000000000000000000000000",
        "percent-encoded": who.token.replace("_", "%5F"),
        "template id": who.id,
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
        value = f"{scheme}{space}{who.token}"
        yield f"{value!r}", who.request(headers=(("Authorization", value), *rest))
    for name, token in altered.items():
        yield name, who.request(headers=(("Authorization", f"Bearer {token}"), *rest))
    for value in ("", "Bearer", "Bearer ", who.token, f"{who.token} Bearer"):
        yield f"header value {value!r}", who.request(headers=(("Authorization", value), *rest))
    tokens = {"ours": who.token, "another's": SECOND_TOKEN}
    for pair in itertools.product(tokens, repeat=2):
        doubled = tuple(("Authorization", f"Bearer {tokens[whose]}") for whose in pair)
        yield f"two headers {pair}", who.request(headers=(*doubled, *rest))


def versions(who: Subject) -> Iterator[Row]:
    """Version headers: missing, empty, altered, repeated, with another version."""
    rest = (who.authorization, JSON)
    yield "absent", who.request(headers=rest)
    for name in ("certifier-version", "CERTIFIER-VERSION", "Version", "X-Certifier-Version"):
        yield f"header {name}", who.request(headers=(*rest, (name, "2022-10-26")))
    values = (
        "", "2022-10-26", "2022-10-27", "2021-10-26", "2022-10-26T00:00:00Z", "2022-10", "20221026",
        "v1", "1", "latest", "*", '"2022-10-26"', "2022-10-26, 2022-10-26", "2022-10-26;",
        "2022-10-26 2022-10-26", "2022/10/26", "26-10-2022", "null", "2022-10-2", "2022-10-266",
        "\xe9",
    )  # fmt: skip
    for value in values:
        yield f"{value!r}", who.request(headers=(*rest, ("Certifier-Version", value)))
    for pair in itertools.product(("2022-10-26", "2021-10-26"), repeat=2):
        doubled = tuple(("Certifier-Version", value) for value in pair)
        yield f"two headers {pair}", who.request(headers=(*rest, *doubled))


def ids(who: Subject) -> Iterator[Row]:
    """Ids: of another organization, unknown, in other spellings, dotted, encoded, long, unusual."""
    encoded = who.id.replace("v", "%76")
    yield "the known one", who.request()
    yield "percent-encoded", who.request(target=f"/v1/groups/{encoded}")
    yield (
        "encoded twice",
        who.request(target=f"/v1/groups/{encoded.replace('%', '%25')}"),
    )
    segments = (
        FREE_TEMPLATE_ID, SECOND_TEMPLATE_ID, who.id.upper(), who.id[:-1], f"{who.id}0",
        who.id[1:], f"%20{who.id}", f"{who.id}%20", f"{who.id}%00", "%00", "0",
        "null", "undefined", "-", "_", "~", "*", "%2A", ".", "..", "...", "%2e", "%2E%2E", "%2F",
        f"%2F{who.id}", f"{who.id}%2F", f"{who.id}%2f..", f"a%2F{who.id}", "%5C",
        "%25", "%", "%zz", "%C3%A9", "%ff", "%F0%9F%92%A9", "a" * 26, "a" * 255, "a" * 4000,
        f"{who.id};a=b", f"{who.id}.json", f"{who.id}:", "'", "%22", "%3Cscript%3E",
        "1%20OR%201=1", "'%20OR%20''='", f"{who.id}%3Fa", f"{who.id}%23a", f"{who.id[:4]}%25", f"{who.id[:-1]}_", "me", "self",
    )  # fmt: skip
    for segment in segments:
        request = who.request(target=f"/v1/groups/{segment}")
        yield f"{segment[:60]} {len(segment)}", request


def paths(who: Subject) -> Iterator[Row]:
    """Other paths, and a query."""
    targets = (
        "/", "/v1", "/v1/", "/v1/groups", "/v1/groups/", f"{who.path}/", f"{who.path}//", f"//v1/groups/{who.id}",
        f"/v1//groups/{who.id}", f"/v1/groups//{who.id}", f"/V1/groups/{who.id}",
        f"/v1/Groups/{who.id}", f"/v1/group/{who.id}", f"/v2/groups/{who.id}",
        f"/groups/{who.id}", f"/v1/credential-templates/{who.id}", f"{who.path}/a", f"/a{who.path}",
        f"/v1/./groups/{who.id}", f"/v1/groups/../groups/{who.id}", f"/v1/groups%2F{who.id}",
        f"{who.path}?", f"{who.path}?name=x", f"{who.path}?a=1&a=2", f"{who.path}?%00", f"{who.path}?/", "/favicon.ico",
    )  # fmt: skip
    for target in targets:
        yield target, who.request(target=target)


def methods(who: Subject) -> Iterator[Row]:
    """Other methods, with and without a token, on this path and on others."""
    names = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "patch", "PATCHX", "QUERY")
    for method, target in itertools.product(names, (who.path, "/v1/groups/unknown", "/v1/groups")):
        yield f"{method} {target}", who.request(method=method, target=target)
    for method in names[:5]:
        yield f"{method} without a token", who.request(method=method, headers=(VERSION, JSON))


TEXTS = (
    "", " ", "a", "0", "null", "é", "e\u0301", "日本語", "📈", "👩‍👩‍👧", "\u202eabc",
    "\ufeff", "\u0000", "a\u0000b", "\n", "\t", "\r\n", "\u007f", "\u2028", "\\", '"', "'", "<b>", "{{x}}",
    "[group.name]", "%s", "  padded  twice  ", "<b>Bold</b> &amp; \\ 'quoted'", "Cafe\u0301 \ufb01 \u2460",
    "0123", "true", "a" * 100, "a" * 255, "a" * 256, "a" * 5000, "é" * 3000, "../..", "'; DROP TABLE template;--",
)  # fmt: skip
WRONG: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.5, 1e300, 2**63, 2**64, [], {}, [[]], [None], [1], [True], [{}],
    [["a"]], {"a": 1}, {"$ref": "#"},
)  # fmt: skip
URLS = (
    "https://example.org", "http://example.org", "https://example.org/", "https://example.org:8443/a?b=c#d",
    "https://user:password@example.org", "https://[::1]/", "https://127.0.0.1", "ftp://example.org",
    "HTTPS://Example.ORG/A/../b%7E/?Q=1&q=%20#Frag", "https://example.org/a", "https://example.org/a/",
    "https://example.org/a#", "https://example.org/A", "https://example.org/a?", "https://example.org:443/a",
    "http//example.org", "https", "mailto:a@example.org", "urn:isbn:0451450523", "a:b", "x:", "HTTPS://EXAMPLE.ORG", "https://example.org/%20",
    "https://xn--exmple-cua.org", "file:///etc/passwd", "javascript:alert(1)", "data:,a", "https://example.org/a,b;c",
    "https://éxample.org", "https://example.org/é", "https://example.org/a b", " https://example.org",
    "https://example.org ", "https://example.org/\n", "example.org", "//example.org", "/a", "?a", "#a",
    "https://", "https:/", "https:", "http://[", "http://[::1", "https://example.org/%zz", "https://example.org/\\",
    "https://example.org/<a>", "https://example.org/{a}", "https://example.org/|", "1https://a", "://a",
    "https://example.org:port", "https://" + "a" * 2000 + ".org",
)  # fmt: skip


OLD = "2001-02-03T04:05:06.789Z"


def fields(who: Subject) -> Iterator[Row]:
    """Each field by itself: valid, empty, unusual, huge, null, of another type or case."""
    # The current name with a small difference, which a careless comparison overlooks.
    for text in (*TEXTS, who.name, who.name.swapcase(), f"{who.name} ", who.name[::-1]):
        label = f"{text[:30]!r} {len(text)}"
        yield f"name {label}", who.update({"name": text})
        yield f"designIds [{label}]", who.update({"designIds": [text]})
        yield f"learningEventUrl {label}", who.update({"learningEventUrl": text})
    for name, value in itertools.product(
        ("name", "designIds", "learningEventUrl", "certificateDesignId", "badgeDesignId"), WRONG
    ):
        yield f"{name} {value!r}", who.update({name: value})
    for url in URLS:
        yield f"learningEventUrl {url[:60]!r} {len(url)}", who.update({"learningEventUrl": url})
    for designs in (
        "a",
        "a,b",
        list(who.designs),
        list(who.designs[:1]),
        list(who.designs[::-1]),
        list(who.designs[-1:]),
        ["a", "b"],
        ["b", "a", "c"],
        ["a", "a"],
        ["a"] * 100,
        ["a", None],
        ["a", 1],
        ["a", ["b"]],
    ):
        yield f"designIds {designs!r:.40} {len(designs)}", who.update({"designIds": designs})
    others = (
        "Name", "NAME", "name ", "design_ids", "designids", "designIDs", "learning_event_url",
        "learningEventURL", "id", "createdAt", "updatedAt", "organization", "$schema", "__proto__", "",
        "certificate_design_id", "badgeDesignID", "group", "designTemplateIds",
    )  # fmt: skip
    for name, value in itertools.product(others, ("https://a.org", None, ["a"], OLD)):
        yield f"unknown {name!r} {value!r}", who.update({name: value})
    for value in (None, True, 0, 1.5, "", "a", [], [{}], ["name"]):
        yield f"body {value!r}", who.update(value)


def combinations(who: Subject) -> Iterator[Row]:
    """Every combination of valid fields, including legacy ones; and all fields, with one invalid."""
    right = {
        "name": "A",
        "designIds": list(who.designs[::-1]),
        "learningEventUrl": "https://example.org/right",
        "certificateDesignId": who.designs[0],
        "badgeDesignId": who.designs[-1],
        "other": 1,
    }
    for size in range(1, len(right) + 1):
        for names in itertools.combinations(right, size):
            yield f"{names}", who.update({name: right[name] for name in names})
    for wrong in right:
        yield f"all right but {wrong}", who.update({**right, wrong: 5})
    # A request with a mistake must change nothing, whatever the position of the mistake.
    for order in itertools.permutations(("name", "designIds", "learningEventUrl")):
        yield (
            f"wrong at the end of {order}",
            who.update({name: 5 if name == order[-1] else right[name] for name in order}),
        )


def broken_json(who: Subject) -> Iterator[Row]:
    """Bodies that are invalid JSON."""
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
        yield f"{body[:40]!r} {len(body)}", who.request(body=body)


def unusual_json(who: Subject) -> Iterator[Row]:
    """Bodies in unusual but valid JSON."""
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
        yield f"{body[:40]!r} {len(body)}", who.request(body=body)


def content_types(who: Subject) -> Iterator[Row]:
    """Content types: missing, repeated, other types, with parameters."""
    rest = (who.authorization, VERSION)
    yield "absent", who.request(headers=rest)
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
        yield f"{value!r}", who.request(headers=(*rest, ("Content-Type", value)))
    for pair in itertools.product(("application/json", "text/plain"), repeat=2):
        doubled = tuple(("Content-Type", value) for value in pair)
        yield f"two headers {pair}", who.request(headers=(*rest, *doubled))


METHOD_HEADERS = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
QUERIES = (
    "name=Queried", "id=unknown", "_method=GET", "method=PUT", "Certifier-Version=2021-01-01", "version=1",
    "access_token=unknown", "designIds=a", "dry_run=true", "fields=id",
)  # fmt: skip


def overrides(who: Subject) -> Iterator[Row]:
    """Headers and queries that some services interpret as the method, the version or a field."""
    for header, method in itertools.product(METHOD_HEADERS, ("GET", "PUT", "DELETE", "NONE")):
        headers = (*who.headers, (header, method))
        yield f"PATCH with {header}: {method}", who.request(headers=headers)
    for method, header in itertools.product(("POST", "PUT", "GET"), METHOD_HEADERS):
        headers = (*who.headers, (header, "PATCH"))
        yield f"{method} with {header}: PATCH", who.request(method=method, headers=headers)
    for method, name in itertools.product(("POST", "GET"), ("_method", "method")):
        target = f"{who.path}?{name}=PATCH"
        yield f"{method} with ?{name}=PATCH", who.request(method=method, target=target)
    for query, body in itertools.product(QUERIES, ({}, {"name": "Renamed"})):
        request = who.request(target=f"{who.path}?{query}", body=body_of(body))
        yield f"{body} with ?{query}", request
    unversioned = (who.authorization, JSON)
    for name in ("Certifier-Version", "certifier-version", "certifier_version", "version", "v"):
        request = who.request(target=f"{who.path}?{name}=2022-10-26", headers=unversioned)
        yield f"no version but ?{name}", request
    both = (("Authorization", "Bearer unknown"), VERSION, JSON)
    yield (
        "a wrong token beside ?access_token",
        who.request(target=f"{who.path}?access_token={who.token}", headers=both),
    )


def plans(_: Subject) -> Iterator[Row]:
    """Each organization with each template, and updates with and without designs."""
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


def orders(who: Subject) -> Iterator[Row]:
    """Every combination of mistakes: the first check that fails determines the response."""
    mistakes = ("method", "token", "version", "type", "json", "schema", "id", "plan")
    for size in range(2, len(mistakes) + 1):
        for made in itertools.combinations(mistakes, size):
            yield " ".join(made), _mistaken(who, set(made))


def _mistaken(who: Subject, made: set[str]) -> Request:
    tenant = FREE_TOKEN if "plan" in made else who.token
    token = "unknown" if "token" in made else tenant
    known = FREE_TEMPLATE_ID if "plan" in made else who.id
    value = {
        "designIds": list(who.designs),
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


def limits(who: Subject) -> Iterator[Row]:
    """Requests of an organization that has reached its limit: valid ones, and one with each mistake."""
    yield "a right one", who.request()
    yield "another template of it", who.request(target=f"/v1/groups/{FREE_TEMPLATE_ID}")
    for mistake in ("method", "token", "version", "type", "json", "schema", "id"):
        yield f"with a wrong {mistake}", _mistaken(who, {mistake})
    yield "of another organization", update({"name": "A"}, SECOND_TOKEN, SECOND_TEMPLATE_ID)
