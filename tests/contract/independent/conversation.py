"""Requests to one service, one after the other, with the status that is due for each.

They are written to have each fault show: none is named after one, and the measure is not this.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contract.independent.service import (
    BADGE,
    CERTIFICATE,
    FREE_TEMPLATE,
    FREE_TOKEN,
    OTHER_TEMPLATE,
    OTHER_TOKEN,
    SIBLING,
    TEMPLATE,
    TOKEN,
    VERSION,
)


@dataclass(frozen=True)
class Probe:
    """A request, and the status that is due; how many seconds it is sent after the one before."""

    status: int
    body: Any = field(default_factory=dict)
    method: str = "PATCH"
    template: str = TEMPLATE
    query: str = ""
    token: str | None = f"Bearer {TOKEN}"
    version: str | None = VERSION
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    gap: float = 1

    @property
    def target(self) -> str:
        """The path and query."""
        return f"/v1/groups/{self.template}" + (f"?{self.query}" if self.query else "")

    def content(self) -> bytes:
        """Return the body as bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    def all_headers(self) -> dict[str, str]:
        """Return the headers."""
        known = {"authorization": self.token, "certifier-version": self.version}
        known |= {"content-type": self.content_type}
        return {name: value for name, value in known.items() if value is not None} | self.headers


CHANGE = {"name": "Changed"}
NAMES = [
    "  Padded \t",
    "two  spaces",
    "<b>Bold</b> & 'quoted' \"twice\"",
    "&amp; 100%25 \\n",
    "Cafe\u0301 Ångström ﬁ Ⅳ",
    "A\U0001f393B",
    "2026",
    "x" * 300,
    "",
    "Last",
]
URLS = [
    "HTTPS://WWW.Example.COM:8443/A/b%20c/?z=1&A=%C3%A9&utm_source=x#Part",
    "http://example.org",
    "http://example.org:80/a/",
]
DESIGNS = [[BADGE, CERTIFICATE], ["b1", "a2", "c3"], ["a2", "b1", "c3"], ["c3"], ["A", "b"]]

BROKEN = [
    b"",
    b"{",
    b'{"name": "a"} b',
    b'{"name": "a",}',
    b'{"name": "\xff"}',
    b'{"name": NaN}',
]
WRONG: dict[str, list[Any]] = {
    "name": [5, None, {}],
    "learningEventUrl": ["/a", "a b", 5, "", None],
    "designIds": [[], "a", [5], None, {}],
    "certificateDesignId": [5],
}
HALF = {"name": "Half", "learningEventUrl": "https://half.org"}
INVALID: list[Any] = [
    *([], [CHANGE], "a", 1, None),
    *(HALF | {name: value} for name, values in WRONG.items() for value in values),
    {"certificateDesignId": "a", "designIds": ["b"], "name": "Both"},
]


def conversation() -> Iterator[Probe]:
    """Return the requests."""
    yield Probe(200)
    yield Probe(200, {"certificateDesignId": "d1"})
    yield Probe(200, {"badgeDesignId": "d2"})
    yield Probe(200, {"badgeDesignId": "d3", "name": "Legacy"})
    yield Probe(200)
    for name in NAMES:
        yield Probe(200, {"name": name})
        yield Probe(200)
    yield from (Probe(200, {"learningEventUrl": url}) for url in URLS)
    yield from (Probe(200, {"designIds": designs}) for designs in DESIGNS)
    yield Probe(200, {"name": "Two", "learningEventUrl": "https://example.org/two"})
    yield from (Probe(200, {"name": name}) for name in ("Once", "Again", "Once"))
    yield Probe(200)
    yield Probe(200, template=SIBLING)
    yield Probe(200, {"id": SIBLING, "createdAt": "2000-01-01T00:00:00.000Z", "unknown": 1})
    yield Probe(200, {"id": SIBLING, **CHANGE, "updatedAt": "2000-01-01T00:00:00.000Z"})
    yield Probe(200, template=SIBLING)
    yield from authentication()
    yield from versions()
    yield from places()
    yield from bodies()
    yield Probe(200, {"name": "Burst"})
    yield from (Probe(200, gap=0) for _ in range(2))
    yield Probe(429, {"name": "Too many"}, gap=0)
    yield Probe(200)


def authentication() -> Iterator[Probe]:
    """Return requests of others, or of nobody."""
    odd = [None, "Bearer", TOKEN, f"Token {TOKEN}", f"Bearer {TOKEN.lower()}"]
    odd += [f"Bearer {TOKEN[:-1]}x", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:20]}", "Bearer x"]
    odd += ["Bearer cfp_" + "x" * 36]
    yield from (
        Probe(401, {"name": f"Taken {number}"}, token=odd[number]) for number in range(len(odd))
    )
    yield Probe(401, token=None, version=None)
    yield Probe(401, token=None, query=f"access_token={TOKEN}")
    yield Probe(401, token=None, headers={"x-api-key": TOKEN})
    yield Probe(404, {"name": "Taken"}, template=OTHER_TEMPLATE)
    yield Probe(200, token=f"Bearer {OTHER_TOKEN}", template=OTHER_TEMPLATE)
    yield Probe(200, CHANGE, token=f"Bearer {FREE_TOKEN}", template=FREE_TEMPLATE)
    yield Probe(402, {"designIds": ["a"]}, token=f"Bearer {FREE_TOKEN}", template=FREE_TEMPLATE)
    yield Probe(200)


def versions() -> Iterator[Probe]:
    """Return requests of other versions, or of none."""
    odd = [None, "", "2022-10-25", "2022-10-27", "2022-10-26T00:00:00Z", "newest", "2022"]
    yield from (
        Probe(400, {"name": f"Old {number}"}, version=odd[number]) for number in range(len(odd))
    )
    yield Probe(400, version=None)
    yield Probe(400, version=None, query=f"version={VERSION}")
    yield Probe(400, version=None, headers={"api-version": VERSION})
    yield Probe(200)


def places() -> Iterator[Probe]:
    """Return requests to other ids, and of other methods."""
    odd = ["x", TEMPLATE.upper(), TEMPLATE.replace("0", "o"), TEMPLATE[:-1], f"%20{TEMPLATE}"]
    odd += [TEMPLATE.replace("0", "%2530"), f"{TEMPLATE}/", "01g90279gp5sbmfek7wymcsved", "x"]
    yield from (Probe(404, template=template) for template in odd)
    for method in ("PUT", "POST", "HEAD"):
        yield Probe(405, {"name": method}, method=method)
    override = {"x-http-method-override": "PATCH"}
    yield Probe(405, {"name": "Override"}, method="POST", headers=override)
    yield Probe(405, {"name": "Override"}, method="POST", query="_method=PATCH")
    yield Probe(200, {"name": "Patch"}, headers={"x-http-method-override": "GET"})
    yield Probe(200, query="name=Query")
    yield Probe(200)


def bodies() -> Iterator[Probe]:
    """Return requests whose bodies are not as documented, or only just."""
    yield from (Probe(400, body) for body in (*BROKEN, *INVALID))
    yield Probe(200, '{"name": "é"}'.encode())
    yield Probe(200, content_type="application/json; charset=utf-8")
    yield Probe(200, content_type="Application/JSON")
    yield Probe(415, content_type="text/plain")
    yield Probe(415, b"name=Form", content_type="application/x-www-form-urlencoded")
    yield Probe(200)
