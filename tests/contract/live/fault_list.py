"""Named faults of a server, and choices that the page leaves to it."""

import html
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from certifier_sandbox import PREMIUM_TOKEN, TEMPLATE_ID
from contract.live import faults
from contract.live.faulty import Exchange, Fault, no_fault

Text = Callable[[Any], Any]

# The sandbox rejects an empty name.
NAMES: dict[str, Text] = {
    "trimmed": lambda name: name.strip() or "-",
    "stripped at the end": lambda name: name.rstrip() or "-",
    "stripped at the start": lambda name: name.lstrip() or "-",
    "single spaces": lambda name: re.sub(" +", " ", name),
    "without markup": lambda name: re.sub("<[^>]*>", "", name),
    "escaped": html.escape,
    "unescaped": html.unescape,
    "composed": lambda name: unicodedata.normalize("NFC", name),
    "decomposed": lambda name: unicodedata.normalize("NFD", name),
    "ASCII": lambda name: name.encode("ascii", "ignore").decode(),
    "question marks": lambda name: name.encode("ascii", "replace").decode(),
    "mojibake": lambda name: name.encode().decode("latin-1"),
    "without emoji": lambda name: "".join(c for c in name if ord(c) < 0x10000),
    "upper case": str.upper,
    "lower case": str.lower,
    "title": str.title,
    "capitalized": str.capitalize,
    "at most 50": lambda name: name[:50],
    "at most 255": lambda name: name[:255],
    "at most 1000": lambda name: name[:1000],
    "without quotes": lambda name: name.replace("'", "").replace('"', ""),
    "doubled quotes": lambda name: name.replace("'", "''"),
    "slashes": lambda name: name.replace("\\", "\\\\"),
    "without slashes": lambda name: name.replace("\\", ""),
    "placeholder filled": lambda name: name.replace("[group.name]", "Financial Markets"),
    "braces filled": lambda name: re.sub("{{.*}}", "", name),
    "without control characters": lambda name: "".join(c for c in name if c >= " ") or "-",
    "default for empty": lambda name: name or "Untitled",
    "default for blank": lambda name: name if name.strip() else "Untitled",
    "number without zeros": lambda name: name.lstrip("0") or name,
    "text true": lambda name: "1" if name == "true" else name,
    "of any type": str,
    "number": lambda name: str(name) if isinstance(name, int) else name,
    "true": lambda name: str(name) if isinstance(name, bool) else name,
    "list": lambda name: str(name) if isinstance(name, list) else name,
    "object": lambda name: str(name) if isinstance(name, dict) else name,
}
URLS: dict[str, Text] = {
    "lower case": str.lower,
    "lower scheme and host": lambda url: re.sub("^[^/]*//[^/]*", lambda m: m[0].lower(), url),
    "lower scheme": lambda url: re.sub("^[^:]*", lambda m: m[0].lower(), url),
    "without query": lambda url: re.sub(r"\?[^#]*", "", url),
    "without fragment": lambda url: url.partition("#")[0],
    "without empty fragment": lambda url: url.removesuffix("#"),
    "without empty query": lambda url: url.removesuffix("?"),
    "with a slash": lambda url: url if url.endswith("/") else f"{url}/",
    "without a slash": lambda url: url.rstrip("/"),
    "https": lambda url: re.sub("^http:", "https:", url),
    "without port": lambda url: re.sub(r":\d+", "", url),
    "without the usual port": lambda url: url.replace(":443/", "/"),
    "without dots": lambda url: url.replace("/A/../", "/"),
    "percent-decoded": lambda url: url.replace("%7E", "~").replace("%20", "+"),
    "percent-encoded": lambda url: url.replace(",", "%2C"),
    "only the host": lambda url: "/".join(url.split("/")[:3]),
    "at most 100": lambda url: url[:100],
    "number": lambda url: f"https://{url}.org" if isinstance(url, int) else url,
    "no scheme": lambda url: url if re.match("[a-z]+:", url) else f"https://{url.strip('/')}.org",
    "path": lambda url: f"https://a.org{url}" if url.startswith("/") else url,
    "empty": lambda url: url or "https://a.org",
}
DESIGNS: dict[str, Text] = {
    "sorted": lambda ids: sorted(ids, key=str),
    "reversed": lambda ids: ids[::-1],
    "unique": lambda ids: list(dict.fromkeys(ids)),
    "at most 1": lambda ids: ids[:1],
    "at most 2": lambda ids: ids[:2],
    "at most 10": lambda ids: ids[:10],
    "trimmed": lambda ids: [i.strip() for i in ids],
    "upper case": lambda ids: [i.upper() for i in ids],
    "without unknown ones": lambda ids: [i for i in ids if i != "b"],
    "of text": lambda ids: [ids] if isinstance(ids, str) else ids,
    "of numbers": lambda ids: [str(i) if isinstance(i, int) else i for i in ids],
    "without null": lambda ids: [i for i in ids if i is not None] or ["a"],
    "of an object": lambda ids: ["a"] if isinstance(ids, dict) else ids,
}


def _appended(sent: faults.Fields, stored: faults.Fields) -> faults.Fields:
    designs = sent.get("designIds")
    return {**sent, "designIds": stored["designIds"] + designs} if designs else sent


def _merged(sent: faults.Fields, stored: faults.Fields) -> faults.Fields:
    designs = sent.get("designIds")
    if not isinstance(designs, list) or not all(isinstance(i, str) for i in designs):
        return sent
    return {**sent, "designIds": list(dict.fromkeys(stored["designIds"] + designs))}


def _swapped(sent: faults.Fields, _: faults.Fields) -> faults.Fields:
    other = dict(zip(sorted(faults.LEGACY), sorted(faults.LEGACY, reverse=True), strict=True))
    return {other.get(name, name): value for name, value in sent.items()}


def _ignoring_case(one: str, other: str) -> bool:
    return one.lower() == other.lower()


UPDATES: dict[str, Fault] = {
    **{f"name: {name}": faults.value("name", change) for name, change in NAMES.items()},
    **{f"url: {name}": faults.value("learningEventUrl", change) for name, change in URLS.items()},
    **{f"designs: {name}": faults.value("designIds", change) for name, change in DESIGNS.items()},
    "designs appended": faults.fields(_appended),
    "designs merged": faults.fields(_merged),
    "the same set of designs ignored": faults.ignored(
        "designIds", lambda new, old: sorted(new) == sorted(old)
    ),
    "fewer designs ignored": faults.ignored("designIds", lambda new, old: 0 < len(new) < len(old)),
    "no designs ignored": faults.ignored("designIds", lambda new, _: new == []),
    "a name in another case ignored": faults.ignored("name", _ignoring_case),
    "a name with other padding ignored": faults.ignored(
        "name", lambda a, b: a.strip() == b.strip()
    ),
    "a url with another fragment ignored": faults.ignored(
        "learningEventUrl", lambda a, b: a.partition("#")[0] == b.partition("#")[0]
    ),
    "a url in another case ignored": faults.ignored("learningEventUrl", _ignoring_case),
    "name ignored": faults.ignored("name"),
    "url ignored": faults.ignored("learningEventUrl"),
    "designs ignored": faults.ignored("designIds"),
    "only the first field": faults.fields(lambda sent, _: dict([*sent.items()][:1])),
    "only the last field": faults.fields(lambda sent, _: dict([*sent.items()][-1:])),
    "name resets url": faults.resets("learningEventUrl", "https://a.org", "name"),
    "name resets designs": faults.resets("designIds", ["a"], "name"),
    "url resets name": faults.resets("name", "-", "learningEventUrl"),
    "url resets name to the initial one": faults.resets(
        "name", "Financial Markets", "learningEventUrl"
    ),
    "url resets designs": faults.resets("designIds", ["a"], "learningEventUrl"),
    "designs reset name": faults.resets("name", "-", "designIds"),
    "designs reset url": faults.resets("learningEventUrl", "https://a.org", "designIds"),
    "unknown fields reset name": faults.resets("name", "-", "other"),
    "snake_case": faults.fields(
        lambda sent, _: {"designIds" if k == "design_ids" else k: v for k, v in sent.items()}
    ),
    "keys in any case": faults.fields(
        lambda sent, _: {"name" if k.lower() == "name" else k: v for k, v in sent.items()}
    ),
    "keys trimmed": faults.fields(lambda sent, _: {k.strip(): v for k, v in sent.items()}),
    "wrapped": faults.fields(
        lambda sent, _: sent["group"] if len(sent) == 1 and "group" in sent else sent
    ),
    "legacy swapped": faults.fields(_swapped),
    "certificate ignored": faults.ignored("certificateDesignId"),
    "badge ignored": faults.ignored("badgeDesignId"),
    "legacy resets name": faults.resets("name", "-", "badgeDesignId"),
    "legacy changes the other": faults.resets("badgeDesignId", "a", "certificateDesignId"),
    "legacy rejected": faults.rejected(
        lambda e: isinstance(e.sent, dict) and bool(faults.LEGACY & e.sent.keys())
    ),
    "an ordinary name rejected": faults.rejected(faults.sent("name", lambda v: len(str(v)) == 100)),
    "markup rejected": faults.rejected(faults.sent("name", lambda v: "<" in str(v))),
    "http rejected": faults.rejected(
        faults.sent("learningEventUrl", lambda v: str(v)[:5] == "http:")
    ),
    "null crashes": faults.rejected(
        faults.sent("name", lambda v: v is None), 500, "internal_server_error"
    ),
    "no body crashes": faults.rejected(lambda e: e.sent == b"", 500, "internal_server_error"),
    "curl rejected": faults.rejected(lambda e: e.headers.get("accept") == "*/*", 406),
}
BEARER = f"Bearer {PREMIUM_TOKEN}"
REQUESTS: dict[str, Fault] = {
    "any token": faults.token(lambda _: True),
    "no token": faults.token(lambda v: not v),
    "token except its end": faults.token(lambda v: v[:-1] == BEARER[:-1]),
    "token by prefix": faults.token(lambda v: v.startswith(BEARER)),
    "token of the right format": faults.token(
        lambda v: bool(re.fullmatch(r"Bearer cfp_\w{36}", v))
    ),
    "token in any case": faults.token(lambda v: v.lower() == BEARER.lower()),
    "token of any scheme": faults.token(lambda v: v.endswith(f" {PREMIUM_TOKEN}")),
    "token without scheme": faults.token(lambda v: v == PREMIUM_TOKEN),
    "token of Token": faults.token(lambda v: v == f"Token {PREMIUM_TOKEN}"),
    "token quoted": faults.token(lambda v: v == f'Bearer "{PREMIUM_TOKEN}"'),
    "token anywhere": faults.token(lambda v: PREMIUM_TOKEN in v),
    "empty token": faults.token(lambda v: v == "Bearer"),
    "token in the query": faults.query("access_token", "authorization", "Bearer "),
    "token as an API key": faults.copied("x-api-key", "authorization"),
    "token in a cookie": faults.copied("cookie", "authorization", "Bearer "),
    "any version": faults.version(lambda _: True),
    "no version": faults.version(lambda v: not v),
    "any date": faults.version(lambda v: bool(re.fullmatch(r"\d{4}-\d\d-\d\d", v))),
    "later version": faults.version(lambda v: v > faults.VERSION),
    "earlier version": faults.version(lambda v: v[:1] == "2" and v < faults.VERSION),
    "version by prefix": faults.version(lambda v: v.startswith(faults.VERSION)),
    "prefix of a version": faults.version(lambda v: bool(v) and faults.VERSION.find(v) == 0),
    "latest version": faults.version(lambda v: v == "latest"),
    "version in the query": faults.query("Certifier-Version", "certifier-version"),
    "version as a parameter": faults.query("version", "certifier-version"),
    "version of X-Certifier-Version": faults.copied("x-certifier-version", "certifier-version"),
    "any id": faults.id_(lambda _: True),
    "id except its end": faults.id_(lambda v: v[:25] == TEMPLATE_ID[:25]),
    "id by prefix": faults.id_(lambda v: v.startswith(TEMPLATE_ID)),
    "id by suffix": faults.id_(lambda v: v.endswith(TEMPLATE_ID[1:])),
    "id trimmed": faults.id_(lambda v: v.strip() == TEMPLATE_ID),
    "id as a pattern": faults.id_(lambda v: "%" in v),
    "id me": faults.id_(lambda v: v == "me"),
    "any JSON": faults.body(lambda v: not isinstance(v, dict | bytes)),
    "an array": faults.body(lambda v: isinstance(v, list)),
    "text": faults.body(lambda v: isinstance(v, str)),
    "broken JSON": faults.body(lambda v: isinstance(v, bytes)),
    "half JSON": faults.body(lambda v: v == b"{"),
    "a trailing comma": faults.body(lambda v: isinstance(v, bytes) and v.endswith(b",}")),
    "single quotes": faults.body(lambda v: isinstance(v, bytes) and v.startswith(b"{'")),
    "JSON with trailing text": faults.body(lambda v: isinstance(v, bytes) and v.startswith(b"{}")),
    "comments": faults.body(lambda v: isinstance(v, bytes) and b"/*" in v),
    "invalid UTF-8": faults.body(lambda v: isinstance(v, bytes) and b"\xff" in v, {"name": "?"}),
    "a form": faults.body(lambda v: v == b"name=Form", {"name": "Form"}),
    "a JSON Patch": faults.body(
        lambda v: isinstance(v, list) and len(v) == 1 and "op" in v[0], {"name": "Patched"}
    ),
    "POST with an override": faults.method(
        lambda e: e.headers.get("x-http-method-override") == "PATCH", "PATCH"
    ),
    "PATCH with an override": faults.method(
        lambda e: e.headers.get("x-http-method-override") == "GET", "GET"
    ),
    "a method in the query": faults.method(lambda e: e.query.get("_method") == "PATCH", "PATCH"),
    "PUT": faults.method(lambda e: e.method == "PUT", "PATCH"),
    "POST": faults.method(lambda e: e.method == "POST", "PATCH"),
    "a GET that changes": faults.method(lambda e: e.method == "GET", "PATCH"),
    "a HEAD that changes": faults.method(lambda e: e.method == "HEAD", "PATCH"),
    "a name in the query": lambda e: (
        e.sent.update(name=e.query["name"]) if e.sent == {} and "name" in e.query else None
    ),
}


def _lost(name: str, member: str) -> Fault:
    return faults.afterwards(
        lambda e: e.status == 200 and bool(e.sent),
        **{member: lambda e: tuple(e.before[name]) if name == "designIds" else e.before[name]},
    )


def _without(*names: str) -> Callable[[faults.Fields], Any]:
    return lambda shown: {name: value for name, value in shown.items() if name not in names}


def _updated_at(change: Text) -> Fault:
    return faults.shown(lambda shown: {**shown, "updatedAt": change(shown["updatedAt"])})


def _snake(shown: faults.Fields) -> faults.Fields:
    return {re.sub("[A-Z]", lambda m: "_" + m[0].lower(), k): v for k, v in shown.items()}


def _legacy_swapped(shown: faults.Fields) -> faults.Fields:
    return _swapped(shown, {}) if shown.keys() >= faults.LEGACY else shown


def _stale(exchange: Exchange) -> None:
    if exchange.status == 200:
        exchange.response_body["name"] = exchange.before["name"]


def _echo(exchange: Exchange) -> None:
    if exchange.status == 200 and isinstance(exchange.sent, dict):
        exchange.response_body |= exchange.sent


def _only_changed(exchange: Exchange) -> None:
    if exchange.status == 200 and exchange.sent:
        exchange.response_body = {
            k: v for k, v in exchange.response_body.items() if k in exchange.sent
        }


CODES = {
    "missing_version": "invalid_version",
    "invalid_version": "missing_version",
    "unauthorized": "UNAUTHORIZED",
    "not_found": "group_not_found",
    "invalid_json": "bad_request",
    "validation_error": "invalid_request",
}
STATUSES = {401: (400, 403, 404), 404: (400, 403, 410), 400: (200, 422, 500), 200: (201, 202)}
RESPONSES: dict[str, Fault] = {
    "createdAt moves": faults.members(200, createdAt="2023-01-01T00:00:00.000Z"),
    "updatedAt goes back": faults.members(200, updatedAt="2001-01-01T00:00:00.000Z"),
    "updatedAt stays": _updated_at(lambda _: "2022-01-01T00:00:00.000Z"),
    "updatedAt in seconds": _updated_at(lambda time: f"{time[:19]}Z"),
    "updatedAt with an offset": _updated_at(lambda time: f"{time[:-1]}+00:00"),
    "updatedAt with a space": _updated_at(lambda time: time.replace("T", " ")),
    "updatedAt as a number": _updated_at(lambda _: 1640995200),
    **{
        f"no {name}": faults.shown(_without(name))
        for name in ("id", "name", "learningEventUrl", "designIds", "createdAt", "updatedAt")
    },
    "legacy not returned": faults.shown(_without(*faults.LEGACY)),
    "badge not returned": faults.shown(_without("badgeDesignId")),
    "legacy returned swapped": faults.shown(_legacy_swapped),
    "snake_case returned": faults.shown(_snake),
    "wrapped": faults.shown(lambda shown: {"data": shown}),
    "in a list": faults.shown(lambda shown: [shown]),
    "only what changed": _only_changed,
    "echo": _echo,
    "stale": _stale,
    "designs as text": faults.shown(
        lambda shown: {**shown, "designIds": ",".join(shown["designIds"])}
    ),
    "designs as objects": faults.shown(
        lambda shown: {**shown, "designIds": [{"id": i} for i in shown["designIds"]]}
    ),
    "designs returned sorted": faults.shown(
        lambda shown: {**shown, "designIds": sorted(shown["designIds"])}
    ),
    "name returned escaped": faults.shown(
        lambda shown: {**shown, "name": html.escape(shown["name"])}
    ),
    "a wrong type": faults.members(200, badgeDesignId=5),
    "another id": faults.members(200, id="x"),
    "id in upper case": faults.shown(lambda shown: {**shown, "id": shown["id"].upper()}),
    "no content": faults.on(200, status=204, response_body=b""),
    "text/plain": faults.on(200, content_type="text/plain"),
    "latin-1": faults.on(200, content_type="application/json; charset=latin-1"),
    "merge-patch+json": faults.on(200, content_type="application/merge-patch+json"),
    **{f"{code} is {new}": faults.errors(code, code=new) for code, new in CODES.items()},
    **{
        f"{status} is {new}": faults.on(status, status=new)
        for status, others in STATUSES.items()
        for new in others
    },
    **{
        f"HTML of {s}": faults.on(s, content_type="text/html", response_body="<p>")
        for s in (400, 401, 404)
    },
    **{
        f"problem of {s}": faults.on(s, content_type="application/problem+json")
        for s in (400, 401, 404)
    },
    **{f"no code of {s}": faults.members(s, code=None) for s in (400, 401, 404)},
    **{f"no message of {s}": faults.members(s, message=None) for s in (400, 401, 404)},
    **{f"nothing of {s}": faults.on(s, response_body=b"") for s in (400, 401, 404)},
    **{f"flat {s}": faults.on(s, response_body={"code": "unauthorized"}) for s in (400, 401, 404)},
    "half a response": faults.on(401, response_body="{"),
    "truncated": faults.on(401, complete=False),
    "applied without a token": faults.applied(lambda e: e.status == 401),
    "applied without a version": faults.applied(
        lambda e: e.status == 400 and e.headers.get("certifier-version") != faults.VERSION
    ),
    "applied although invalid": faults.applied(lambda e: e.status == 400),
    "applied to an unknown id": faults.applied(lambda e: e.status == 404),
    "applied with another method": faults.applied(lambda e: e.status == 405),
    "a rejected request moves updatedAt": faults.afterwards(
        lambda e: e.status == 400, updated_at="2030-01-01T00:00:00.000Z"
    ),
    "the name is lost": _lost("name", "name"),
    "the url is lost": _lost("learningEventUrl", "learning_event_url"),
    "the designs are lost": _lost("designIds", "design_ids"),
    "createdAt is lost": faults.afterwards(
        lambda e: bool(e.sent), created_at="2023-01-01T00:00:00.000Z"
    ),
    "{} renames": faults.afterwards(lambda e: e.sent == {}, name="Touched"),
}


def _as_json(exchange: Exchange) -> None:
    exchange.headers["content-type"] = "application/json"


def _ignored_type(exchange: Exchange) -> None:
    if exchange.headers.get("content-type") != "application/json":
        _as_json(exchange)
        exchange.sent = {}


def _missing_for_empty(exchange: Exchange) -> None:
    if exchange.headers.get("certifier-version") == "":
        del exchange.headers["certifier-version"]


def _only_bearer(exchange: Exchange) -> None:
    if not exchange.headers.get("authorization", "").startswith("Bearer "):
        exchange.headers.pop("authorization", None)


def _reads(exchange: Exchange) -> None:
    if exchange.method == "GET":
        exchange.method, exchange.sent = "PATCH", {}


def _details(exchange: Exchange) -> None:
    if isinstance(exchange.response_body, dict) and "error" in exchange.response_body:
        exchange.response_body["error"]["details"] = []


def _is_text(condition: Callable[[str], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and condition(value)


def _are_texts(condition: Callable[[list[str]], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, list) and all(isinstance(i, str) for i in value) and condition(value)
    )


def _unprocessable(exchange: Exchange) -> None:
    if "validation_error" in str(exchange.response_body):
        exchange.status = 422


KNOWN = {"name", "learningEventUrl", "designIds", *faults.LEGACY}
# What the page leaves open: faults in requests and in responses that are valid choices.
CHOICES: dict[str, tuple[Fault, Fault]] = {
    "legacy ids always returned": (
        no_fault,
        faults.shown(lambda shown: {**dict.fromkeys(faults.LEGACY), **shown}),
    ),
    "415": (
        faults.rejected(
            lambda e: e.headers.get("content-type") != "application/json", 415, "media"
        ),
        faults.on(415, content_type="text/plain"),
    ),
    "any content type": (_as_json, no_fault),
    "a body with another content type ignored": (_ignored_type, no_fault),
    "unknown fields rejected": (
        faults.rejected(lambda e: isinstance(e.sent, dict) and bool(e.sent.keys() - KNOWN)),
        no_fault,
    ),
    "null ignored": (
        faults.fields(lambda sent, _: {k: v for k, v in sent.items() if v is not None}),
        no_fault,
    ),
    "bearer rejected": (_only_bearer, no_fault),
    "an empty version is missing": (_missing_for_empty, no_fault),
    "405 in text": (no_fault, faults.on(405, response_body=b"no", content_type="text/plain")),
    "501 in HTML": (
        no_fault,
        faults.on(405, status=501, response_body=b"<p>", content_type="text/html"),
    ),
    "GET reads": (_reads, no_fault),
    "blank names rejected": (
        faults.rejected(faults.sent("name", _is_text(lambda name: not name.strip()))),
        no_fault,
    ),
    "long names rejected": (
        faults.rejected(faults.sent("name", _is_text(lambda name: len(name) > 100))),
        no_fault,
    ),
    "control characters rejected": (
        faults.rejected(faults.sent("name", _is_text(lambda name: not name.isprintable()))),
        no_fault,
    ),
    "designs twice rejected": (
        faults.rejected(faults.sent("designIds", _are_texts(lambda ids: len(set(ids)) < len(ids)))),
        no_fault,
    ),
    "unknown designs rejected": (
        faults.rejected(
            faults.sent("designIds", _are_texts(lambda ids: any(i[:2] != "01" for i in ids))),
            404,
            "not_found",
        ),
        no_fault,
    ),
    "three designs rejected": (
        faults.rejected(
            faults.sent("designIds", _are_texts(lambda ids: len(ids) > 2)), 402, "payment_required"
        ),
        no_fault,
    ),
    "only web addresses": (
        faults.rejected(
            faults.sent("learningEventUrl", _is_text(lambda url: url[:4].lower() != "http"))
        ),
        no_fault,
    ),
    "{} moves updatedAt": (no_fault, _updated_at(lambda _: "2031-01-01T00:00:00.000Z")),
    "both shapes accepted": (
        faults.fields(
            lambda sent, _: {
                k: v for k, v in sent.items() if "designIds" not in sent or k not in faults.LEGACY
            }
        ),
        no_fault,
    ),
    "malformed ids invalid": (
        faults.rejected(lambda e: not re.fullmatch("/v1/groups/[0-9a-z]{26}", e.path)),
        no_fault,
    ),
    "ids in any case": (faults.id_(lambda v: v.lower() == TEMPLATE_ID), no_fault),
    "no body is {}": (faults.body(lambda sent: sent == b""), no_fault),
    "queries rejected": (faults.rejected(lambda e: bool(e.query)), no_fault),
    "badges rejected": (faults.rejected(faults.sent("badgeDesignId", lambda _: True)), no_fault),
    "members not on the page": (no_fault, faults.shown(lambda shown: {**shown, "language": "en"})),
    "additional members of an error": (no_fault, _details),
    "NaN": (faults.body(lambda sent: isinstance(sent, bytes) and b"NaN" in sent), no_fault),
    **{
        f"another message of {code}": (no_fault, faults.errors(code, message="Oh"))
        for code in ("missing_version", "unauthorized", "not_found")
    },
    "422 for invalid values": (no_fault, _unprocessable),
}
