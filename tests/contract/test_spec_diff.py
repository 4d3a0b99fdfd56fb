"""What `make spec-diff` reports about a change of openapi.yaml, and its exit codes."""

import copy
import functools
import operator
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from contract.spec_diff.__main__ import main, parse, resolve
from contract.spec_diff.structure import compare
from support import ROOT, git, run

TEXT = (ROOT / "openapi.yaml").read_text()
DOCUMENT = parse(TEXT, "openapi.yaml")
BASE = resolve(DOCUMENT, "openapi.yaml")

Place = tuple[str | int, ...]


class Row(NamedTuple):
    """The expected words, a place, its merge patch (RFC 7396), and a patch applied before both."""

    line: str
    place: Place
    patch: dict[str, Any]
    given: dict[str, Any] = {}  # noqa: RUF012 - a NamedTuple, and never changed


JSON = "application/json"
PATH = ("paths", "/v1/groups/{id}")
PATCH = (*PATH, "patch")
VERSION = (*PATCH, "parameters", 1)
BODY = (*PATCH, "requestBody")
OK = (*PATCH, "responses", "200")
NOT_FOUND = (*PATCH, "responses", "404")
BEARER = ("components", "securitySchemes", "BearerAuth")
SCHEMAS = ("components", "schemas")
REQUEST = (*SCHEMAS, "CredentialTemplateUpdate")
NAME = (*REQUEST, "properties", "name")
URL = (*REQUEST, "properties", "learningEventUrl")
DESIGNS = (*REQUEST, "properties", "designIds")
RESPONSE = (*SCHEMAS, "CredentialTemplate")
SHOWN = (*RESPONSE, "properties")
NAME_SHOWN = (*SHOWN, "name")
ERROR = (*SCHEMAS, "ErrorDetails")
CODE = (*ERROR, "properties", "code")
CODES = (*SCHEMAS, "ErrorCode")

BARE = {"responses": {"200": {"description": "OK"}}}
PARAMETERS = DOCUMENT["paths"]["/v1/groups/{id}"]["patch"]["parameters"]
LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
NEEDED = {"required": True}
ALL = DOCUMENT["components"]["schemas"]["CredentialTemplate"]["required"]
LISTED = DOCUMENT["components"]["schemas"]["ErrorCode"]["enum"]
SERVERS = [*DOCUMENT["servers"], {"url": "https://eu.certifier.io"}]
TOKEN: dict[str, list[str]] = {"BearerAuth": []}
KEY: dict[str, list[str]] = {"Key": []}

STRING = {"type": "string"}
NULLABLE = {"type": ["string", "null"]}
CLOSED = {"additionalProperties": False}
CLOSED_BUT_X = {"patternProperties": {"^x": STRING}, **CLOSED}
ANY = {"allOf": [True]}
ITSELF = {"$ref": "#/components/schemas/CredentialTemplate"}
FOLDER: dict[str, Any] = {"properties": {"folder": STRING}}
MEDIA: dict[str, Any] = {"content": {"a/b": {}}}
LESS = {"required": ["code"]}
ONLY_CODES = {"anyOf": None, "enum": LISTED}
REMAINING = {"headers": {"X-Remaining": {"required": True, "schema": {"type": "integer"}}}}
PERHAPS = {"headers": {"X-Remaining": {"required": False}}}
WORDS = {"headers": {"X-Remaining": {"schema": STRING}}}

BREAKING = [
    # Something in a request is no longer accepted, or means something else.
    Row("request: name: accepts less than before (maxLength 10)", NAME, {"maxLength": 10}),
    Row("(maxLength 20 → 10)", NAME, {"maxLength": 10}, {"maxLength": 20}),
    Row("accepts less than before (pattern", NAME, {"pattern": "^[A-Z]"}),
    Row("or cannot be compared (pattern", NAME, {"pattern": "^a"}, {"pattern": "^ab"}),
    Row('(type "string" → "integer")', NAME, {"type": "integer"}),
    Row('(type ["string", "null"] → "string")', NAME, STRING, NULLABLE),
    Row('accepts less than before (enum ["a"])', NAME, {"enum": ["a"]}),
    Row("accepts less than before (enum", NAME, {"enum": ["a"]}, {"enum": ["a", "b"]}),
    Row("accepts less than before (const", NAME, {"const": "a"}),
    Row('accepts less than before (format "uri")', NAME, {"format": "uri"}),
    Row("or cannot be compared (format", NAME, {"format": "ulid"}),
    Row("accepts less than before (not", NAME, {"not": {"enum": [""]}}),
    Row("designIds: accepts less than before (minItems 1 → 2)", DESIGNS, {"minItems": 2}),
    Row("designIds: accepts less than before (uniqueItems", DESIGNS, {"uniqueItems": True}),
    Row("designIds: accepts less than before (prefixItems", DESIGNS, {"prefixItems": [False]}),
    Row("designIds[]: accepts less than before (maxLength", DESIGNS, {"items": {"maxLength": 9}}),
    Row("request: name: now required", REQUEST, {"required": ["name"]}),
    Row("request: accepts less than before (allOf", REQUEST, {"allOf": [{"required": ["name"]}]}),
    Row("request: name: removed", REQUEST, {"properties": {"name": None}}),
    Row("request: folder: added, and required", REQUEST, {**FOLDER, "required": ["folder"]}),
    Row("request: folder: added", REQUEST, FOLDER, {"additionalProperties": {"maxLength": 9}}),
    Row("request: {}: accepts less", REQUEST, CLOSED),
    Row("(dependentRequired", REQUEST, {"dependentRequired": {"name": ["designIds"]}}),
    Row("request: name: added, and required", REQUEST, {"allOf": [{"required": ["name"]}]}, ANY),
    Row("(patternProperties", REQUEST, {"patternProperties": {"^x": STRING}}),
    Row("(patternProperties", REQUEST, {"patternProperties": None}, CLOSED_BUT_X),
    Row('request: name: default "Untitled"', NAME, {"default": "Untitled"}),
    Row("request: name: readOnly true; no rule", NAME, {"readOnly": True}),
    Row("request: now required", BODY, {"required": True}, {"required": False}),
    Row("request removed", PATCH, {"requestBody": None}),
    Row("request: application/json removed", BODY, {"content": {JSON: None}}, MEDIA),
    Row("header parameter certifier-version removed", PATCH, {"parameters": PARAMETERS[:1]}),
    Row("query parameter limit added", PATCH, {"parameters": [*PARAMETERS, {**LIMIT, **NEEDED}]}),
    Row("certifier-version: now required", VERSION, NEEDED, {"required": False}),
    Row("certifier-version: accepts less", VERSION, {"schema": {"enum": ["2022-10-26"]}}),
    Row('default "2022-10-26" → "2027-01-01"', VERSION, {"schema": {"default": "2027-01-01"}}),
    Row("style", VERSION, {"style": "simple"}),
    # A response differs from what readers expect.
    Row("response 200: id: removed", RESPONSE, {"properties": {"id": None}, "required": ALL[1:]}),
    Row("response 200: badgeDesignId: removed", SHOWN, {"badgeDesignId": None}),
    Row("response 200: name: not required now", RESPONSE, {"required": [ALL[0], *ALL[2:]]}),
    Row('name: returns more than before (type "string" → [', SHOWN, {"name": NULLABLE}),
    Row("(maxLength 9 → 10)", NAME_SHOWN, {"maxLength": 10}, {"maxLength": 9}),
    Row(
        'createdAt: returns more than before (format "date-', SHOWN, {"createdAt": {"format": None}}
    ),
    Row("response 200: designIds[]: returns more", SHOWN, {"designIds": {"items": NULLABLE}}),
    Row("response 200: folder: added", RESPONSE, FOLDER, CLOSED),
    Row("response 200: {}: returns more", RESPONSE, {"additionalProperties": True}, CLOSED),
    Row("error.code: returns more", CODE, {"enum": [*LISTED, "new"]}, ONLY_CODES),
    Row("400, 401, 402, 404, 429, 500: error.message: not required now", ERROR, LESS),
    Row("name: contentEncoding", NAME_SHOWN, {"contentEncoding": "base64"}),
    Row(
        "parent: returns more than before, or cannot be compared (anyOf",
        SHOWN,
        {"parent": {"anyOf": [ITSELF, {"type": "null"}]}},
        {"parent": {"anyOf": [ITSELF]}},
    ),
    Row("response 404 removed", PATCH, {"responses": {"404": None}}),
    Row("response 202 added", PATCH, {"responses": {"202": {"description": "Accepted"}}}),
    Row("response 404: application/json removed", NOT_FOUND, {"content": None}),
    Row("response 200: header x-remaining removed", OK, {"headers": None}, REMAINING),
    Row("header x-remaining: not required now", OK, PERHAPS, REMAINING),
    Row("header x-remaining: returns more", OK, WORDS, REMAINING),
    # The operation has moved or changed.
    Row("PATCH /v1/groups/{id} removed", ("paths",), {PATH[1]: None}),
    Row("PATCH /v1/groups/{id} removed", PATH, {"patch": None}),
    Row("operationId", PATCH, {"operationId": "update"}),
    Row(
        "server https://eu.certifier.io removed", (), {"servers": SERVERS[:1]}, {"servers": SERVERS}
    ),
    Row("security asks for more", PATCH, {"security": [TOKEN]}, {"security": []}),
    Row("security asks for more", PATCH, {"security": [TOKEN | KEY]}),
    Row("security asks for more", PATCH, {"security": [KEY]}, {"security": [TOKEN, KEY]}),
    Row("security asks for more", PATCH, {"security": [{"Key": ["a"]}]}, {"security": [KEY]}),
    Row('BearerAuth: scheme "bearer" → "basic"', BEARER, {"scheme": "basic"}),
    Row("callbacks {}; no rule", PATCH, {"callbacks": {}}),
]

FINE = [
    Row("accepts more than before (maxLength 9 → 10)", NAME, {"maxLength": 10}, {"maxLength": 9}),
    Row("request: name: accepts more than before (type", NAME, NULLABLE),
    Row("accepts more than before (enum", NAME, {"enum": ["a", "b"]}, {"enum": ["a"]}),
    Row("request: name: means the same as before (type", NAME, {"type": ["string"]}),
    Row("request: name: means the same", NAME, {"minLength": 0}),
    Row("designIds: accepts more than before (minItems 1 → 0)", DESIGNS, {"minItems": 0}),
    Row("learningEventUrl: accepts more", URL, {"format": None}),
    Row("request: name: not required now", REQUEST, {"required": []}, {"required": ["name"]}),
    Row("request: folder: added", REQUEST, FOLDER),
    Row("request: folder: added", REQUEST, FOLDER, CLOSED),
    Row("request: {}: accepts more", REQUEST, {"additionalProperties": True}, CLOSED),
    Row("request: not required now", BODY, {"required": False}),
    Row("request: a/b added", BODY, MEDIA),
    Row("query parameter limit added", PATCH, {"parameters": [*PARAMETERS, LIMIT]}),
    Row("certifier-version: not required now", VERSION, {"required": False}),
    Row("certifier-version: deprecated true", VERSION, {"deprecated": True}),
    Row("response 200: folder: added", RESPONSE, FOLDER),
    Row(
        "response 200: folder: added, and required",
        RESPONSE,
        FOLDER | {"required": [*ALL, "folder"]},
    ),
    Row("badgeDesignId: now required", RESPONSE, {"required": [*ALL, "badgeDesignId"]}),
    Row("name: promises more than before (maxLength 9)", NAME_SHOWN, {"maxLength": 9}),
    Row("learningEventUrl: promises more", SHOWN, {"learningEventUrl": STRING}),
    Row("response 200: {}: promises more", RESPONSE, CLOSED),
    Row('name: default "Untitled"', NAME_SHOWN, {"default": "Untitled"}),
    Row("404, 429, 500: error.code: means the same", CODES, {"enum": [*LISTED, "conflict"]}),
    Row("error.code: promises more", CODE, {"enum": LISTED[1:]}, ONLY_CODES),
    Row("response 409 added", PATCH, {"responses": {"409": {"description": "Conflict"}}}),
    Row("response default added", PATCH, {"responses": {"default": {"description": "Error"}}}),
    Row("response 404: a/b added", NOT_FOUND, MEDIA),
    Row("response 200: header x-remaining added", OK, REMAINING),
    Row("GET /v1/groups added", ("paths",), {"/v1/groups": {"get": BARE}}),
    Row("GET /v1/groups/{id} added", PATH, {"get": BARE | {"parameters": PARAMETERS[:1]}}),
    Row("server https://eu.certifier.io added", (), {"servers": SERVERS}),
    Row("security asks for no more", PATCH, {"security": [KEY, TOKEN]}),
    Row("security asks for no more", PATCH, {"security": []}),
    Row("scheme BearerAuth: description changed", BEARER, {"description": "A token."}),
    Row("PATCH /v1/groups/{id}: description changed", PATCH, {"description": "Updates."}),
    Row("summary changed", PATCH, {"summary": "Update"}),
    Row("deprecated true", PATCH, {"deprecated": True}),
    Row("tags", PATCH, {"tags": ["groups"]}),
    Row("x-internal", PATCH, {"x-internal": True}),
    Row("request: name: description changed", NAME, {"description": "The name."}),
    Row("404: examples changed", (*NOT_FOUND, "content", JSON), {"examples": {"other": {}}}),
    Row("response 200: description changed", OK, {"description": "Updated"}),
    Row("info changed", ("info",), {"version": "2027-01-01"}),
    Row('openapi "3.1.0" → "3.1.1"', (), {"openapi": "3.1.1"}),
]


def merge(target: Any, patch: dict[str, Any]) -> None:
    """Merge a patch into an object; null removes a key."""
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict) and isinstance(target.get(key), dict):
            merge(target[key], value)
        else:
            target[key] = copy.deepcopy(value)


def seeded(place: Place, *patches: dict[str, Any]) -> dict[str, Any]:
    """Return the document with patches of one place; it must stay valid."""
    document = copy.deepcopy(DOCUMENT)
    for patch in patches:
        merge(functools.reduce(operator.getitem, place, document), patch)
    return resolve(document, "the seeded document")


@pytest.mark.parametrize(
    ("breaks", "row"),
    [*((True, row) for row in BREAKING), *((False, row) for row in FINE)],
    ids=lambda value: f"{value.place[-1:]}-{value.line}" if isinstance(value, Row) else str(value),
)
def test_a_change_is_reported_in_one_line_with_its_verdict(*, breaks: bool, row: Row) -> None:
    """The line says where the change is, what it is, and whether it breaks a client."""
    old = seeded(row.place, row.given) if row.given else BASE
    new = seeded(row.place, row.given, row.patch)
    (change,) = compare(old, new)
    assert change.breaks == breaks
    assert row.line in change.text


def test_an_unchanged_document_has_no_changes() -> None:
    """Nothing is reported."""
    assert not list(compare(BASE, seeded((), {})))


def test_moving_inherited_parts_is_not_a_change() -> None:
    """An operation inherits the parameters of its path and the servers of the document."""
    moved = {"parameters": PARAMETERS, "patch": {"parameters": None, "servers": SERVERS[:1]}}
    assert not list(compare(BASE, seeded(PATH, moved)))


def test_a_schema_that_contains_itself_is_compared_once() -> None:
    """A recursive reference does not hang the comparison, and the change is found."""
    parent = {"parent": ITSELF}
    old, new = seeded(SHOWN, parent), seeded(SHOWN, parent, {"updatedAt": NULLABLE})
    (change,) = compare(old, new)
    assert change.breaks
    assert "response 200: updatedAt: returns more" in change.text


def test_keywords_next_to_a_reference_count_too() -> None:
    """In OpenAPI 3.1, both apply, so keywords next to a reference only restrict it further."""
    code = {"$ref": "#/components/schemas/ErrorCode", "type": None}
    old = seeded(NAME_SHOWN, code)
    for beside in ({"maxLength": 9}, {"enum": [*LISTED, "other"]}):
        assert not any(change.breaks for change in compare(old, seeded(NAME_SHOWN, code | beside)))


def test_a_reference_may_lead_to_any_place_of_the_document() -> None:
    """Escapes and positions in a list are followed."""
    place = "#/paths/~1v1~1groups~1%7Bid%7D/patch/parameters/1/schema"
    document = seeded(SHOWN, {"folder": {"$ref": place}})
    assert functools.reduce(operator.getitem, (*SHOWN, "folder"), document)["type"] == "string"


def test_a_time_and_a_status_are_strings() -> None:
    """With or without quotes, they are strings, as in JSON."""
    assert parse("{200: 2022-01-01T00:00:00.000Z}", "") == {"200": "2022-01-01T00:00:00.000Z"}


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commit openapi.yaml to a repository of its own, go there, and return the file."""
    monkeypatch.chdir(tmp_path)
    document = tmp_path / "openapi.yaml"
    document.write_text(TEXT)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "openapi.yaml")
    git(tmp_path, "commit", "--quiet", "--message", "Add the document")
    return document


@pytest.mark.slow
def test_the_command_ends_with_1_when_a_change_breaks_a_client(document: Path) -> None:
    """It prints breaking changes first, and counts both kinds."""
    text = TEXT.replace("description: Unauthorized", "description: Who?")
    document.write_text(text.replace('"404":', '"410":'))
    script = str(ROOT / "tests/contract/spec_diff")
    ended = run(sys.executable, script, "--base", "HEAD", cwd=document.parent)
    assert ended.returncode == 1
    assert ended.stdout.splitlines() == [
        "BREAKS  PATCH /v1/groups/{id}: response 404 removed",
        "fine    PATCH /v1/groups/{id}: response 410 added",
        "fine    PATCH /v1/groups/{id}: response 401: description changed",
        "openapi.yaml since HEAD: 1 breaking, 2 fine",
    ]


@pytest.mark.slow
def test_the_command_ends_with_0_when_none_does(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It compares the openapi.yaml of the working directory."""
    document.write_text(TEXT.replace("description: Unauthorized", "description: Who?"))
    assert main(["--base", "HEAD"]) == 0
    assert capsys.readouterr().out.endswith("openapi.yaml since HEAD: 0 breaking, 1 fine\n")


@pytest.mark.parametrize("base", ["nowhere", "", "--all", "HEAD:README.md"])
def test_an_unknown_revision_ends_with_2(
    document: Path, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line has git's message, and says what to pass."""
    assert main([f"--base={base}"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"openapi.yaml at '{base}' (" in said
    assert "name a commit, branch or tag" in said


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("openapi: [", "openapi.yaml is not readable YAML: fix it (while parsing"),
        ("\xff", "is not readable YAML"),
        ("- 1", "is not OpenAPI 3.1"),
        ("openapi: 3.0.3", "is not OpenAPI 3.1"),
        ("openapi: 3.1.0", "is not valid OpenAPI: see 'make spec' (\"info\" is a required"),
        (TEXT.replace("anyOf:", "anyOf:\n          x-was:"), "the validator stopped at KeyError"),
        (TEXT.replace("schemas/ErrorCode", "schemas/Gone"), "has a broken reference: fix it"),
        (TEXT.replace('"#/components/schemas/E', '"other.yaml#/E'), "leads out of the document"),
    ],
)
def test_a_document_that_cannot_be_read_ends_with_2(
    document: Path, text: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line names the document, the reason and what to do."""
    document.write_text(text, encoding="latin-1" if text == "\xff" else "utf-8")
    assert main(["--base", "HEAD"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert reason in said


def test_a_broken_document_at_the_revision_is_named(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says that the older document is broken, not the current one."""
    document.write_text("openapi: [")
    git(document.parent, "commit", "--quiet", "--all", "--message", "Break the document")
    document.write_text(TEXT)
    assert main(["--base", "HEAD"]) == 2
    assert "openapi.yaml at HEAD is not readable YAML" in capsys.readouterr().err


def test_a_missing_file_ends_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names it."""
    monkeypatch.chdir(tmp_path)
    assert main(["--base", "HEAD"]) == 2
    assert capsys.readouterr().err.startswith("spec-diff: cannot read openapi.yaml (")
