"""The requests sent to another server: rows of the contract's table, and some more.

Rows of the table are left out if they could destroy data (DELETE), look like an attack, are
modified by proxies, or repeat another row.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import zip_longest

from contract.request_table import VERSION, Row, Subject, body_of, rows

# The names of the selected rows of each family.
SELECTED = {
    "fields": (
        r"(?!.* (-1|1e.300|\d{19,}|\[\[.*|\[True\]|\{'\$.*)$)"
        r"(name (?!'\\x00|'a\\x00).*"
        r"|designIds (?!\['.*' \d+\]$).*|designIds \['(|a|<b>|  padded.*)' \d+\]"
        r"|learningEventUrl ([^'].*|'(|a|0|true|Fin.*|\.\..*)' .*)"
        r"|learningEventUrl '(?=.*[:/])(?!.*(\[|\\|%zz|user:|:port|[^ -~])).*"
        r"|unknown .*('https://a.org'|At' '2001.*)|\w+ None|body .*)"
    ),
    "combinations": r"\('(\w+', )?'?\w+'(,\)|\))|\('name', 'designIds', '\w+'\)|all .*|wrong .*",
    "unusual_json": r"b'(?!.*(\"name\".*\"name\"|1,1|\[\[|aaaa|x7f|0000)).*",
    "overrides": r"(?!.*(DELETE|dry_run)).*",
    "authentication": (
        r"absent|in .*|header (AUTH|auth)\w+|another .*|\w+ character \w+|one .*|quoted|twice"
        r"|unknown|template id|null|header value '([^ ]*|.* Bearer)'"
        r"|'(bearer|BEARER|Basic|Token|Digest|Bear)  ?[^ ]+'|'Bearer:?[^ \\]+'"
    ),
    "versions": r"absent|header .*|'[\w/*:;-]*(?<!é)'",
    "ids": (
        r"the .*|percent.*|encoded.*|.*[A-Z]{3}.*|[0-9a-z]{1,28} \d+|%20.*|.*%20 \d+"
        r"|[-_*~'] .*|%25 .*|'%20OR.*"
    ),
    "content_types": r"absent|'[\w/+.*-]*'|'application/json ?;.*(utf-8|UTF-8|file|latin).*",
    "broken_json": r"(?!.*([\[{]\"?a?\"?:?){5})(b'[^\\]*' \d+|b\".*\" \d+|b'\{\"name\": \"\\xff.*)",
    "orders": r"(token|version|json|schema|id)( (version|json|schema|id)){1,2}",
    "methods": r"(GET|HEAD|PUT|POST) (?!.*(unknown|groups$)).*",
    "paths": r".*(\w/|groups)|.*\?.+=.*|/(V1|v2|v1/[gG]roups?|v1/credential-templates)/\w+",
}
# The fields change in turn, and each stays changed while the next one changes.
FIELDS = ("name", "learningEventUrl", "designIds")


@cache
def plan(who: Subject) -> list[Row]:
    """Return the rows for a template; each that would rename it uses a unique name."""
    return [
        (name, replace(request, body=request.body.replace(b'"Renamed"', b'"Renamed %d"' % number)))
        for number, (name, request) in enumerate([*_additional(who), *_from_table(who)])
    ]


def _additional(who: Subject) -> Iterator[Row]:
    yield "{} changes nothing", who.update({})
    curl = (
        *who.headers,
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
        ("User-Agent", "curl"),
    )
    yield "the page's curl request", who.request(headers=curl, body=b"{}")
    names = ("authorization", "certifier-version", "content-type")
    lower = tuple((name, value) for name, (_, value) in zip(names, who.headers, strict=True))
    yield "header names in lower case", who.request(headers=lower)
    for number, designs in enumerate((who.designs[::-1], who.designs[:1], who.designs) * 2):
        yield f"designIds {number + 1}", who.update({"designIds": list(designs)})
        yield f"name {number + 1}", who.update({"name": f"Contract check {number + 1}"})
        yield (
            f"learningEventUrl {number + 1}",
            who.update({"learningEventUrl": f"https://example.org/{number + 1}?A=b#C"}),
        )
    for name in ("Once", "Once", "Twice", "Once"):
        yield f"repeated: {name}", who.update({"name": name})
    once = "https://example.org/once"
    for url in (
        once,
        once,
        f"{once}#a",
        f"{once}#b",
        f"{once}#B",
        f"{once}?#B",
        once,
        "http://a.org",
    ):
        yield f"repeated: {url}", who.update({"learningEventUrl": url})
    for key in ("group", "data", "attributes", "credentialTemplate"):
        yield f"fields wrapped in {key}", who.update({key: {"name": "Wrapped"}})
    snake = {
        "design_ids": list(who.designs[::-1]),
        "learning_event_url": "https://example.org/snake",
    }
    yield "snake_case", who.update({"Name": "Case", **snake})
    yield (
        "other members of a response",
        who.update(
            {"id": "0" * 26, "createdAt": "2001-02-03T04:05:06.789Z", "organizationId": "x"}
        ),
    )
    form = (who.authorization, VERSION, ("Content-Type", "application/x-www-form-urlencoded"))
    yield "a form", who.request(headers=form, body=b"name=Form")
    yield (
        "a JSON Patch",
        who.request(
            headers=(who.authorization, VERSION, ("Content-Type", "application/json-patch+json")),
            body=body_of([{"op": "replace", "path": "/name", "value": "Patched"}]),
        ),
    )


def _from_table(who: Subject) -> Iterator[Row]:
    selected: dict[str, list[Row]] = {family: [] for family in SELECTED}
    for name, request in rows(who):
        family, _, rest = name.partition(": ")
        if family in SELECTED and re.fullmatch(SELECTED[family], rest, re.DOTALL):
            selected[family].append((name, request))
    fields = selected.pop("fields")
    by_field = [[row for row in fields if row[0].split()[1] == name] for name in FIELDS]
    alternating = [row for turn in zip_longest(*by_field) for row in turn if row]
    yield from alternating
    yield from (row for row in fields if row not in alternating)
    for rows_of_family in selected.values():
        yield from rows_of_family
