"""Files of changes, as people have them."""

import json
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bulk.command import certifier
from bulk.conftest import IDS
from certifier_client import InputError
from certifier_client.cli import rows
from certifier_client.cli.source import CHUNK_SIZE, Source
from certifier_sandbox import Sandbox

A, B = IDS[:2]


@pytest.mark.parametrize(
    "content",
    [
        "id,name,design_ids\n{0},Ünï,a b\n",
        "\ufeffid;name;designIds\r\n{0};Ünï;a b\r\n",
        "sep=;\nID;Name;Design IDs\n{0};Ünï;a b\n",
        '"sep=\t"\r\nid\tname\tdesign-ids\r\n{0}\tÜnï\ta b\r\n',
        "Id,NAME,Design Ids,,\n{0},Ünï,a b,,\n",
        "id,name,design_ids\r{0},Ünï,a b\r",
        'id,name,design_ids\n{0},Ünï,"a,b"\n',
        'id,name,design_ids\n{0},Ünï,"a;\nb"\n',
        'id,name,design_ids\n{0},Ünï,"[""a"", ""b""]"\n',
        "id|name|design_ids\n{0}|Ünï|a b\n||\n\n",
    ],
)
def test_spreadsheets_are_read_as_they_are_saved(
    content: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Separators, line ends, byte order mark, empty columns, spelling, lists in a cell."""
    path = tmp_path / "changes.csv"
    path.write_text(content.format(A), newline="")
    shown = certifier("apply", path)
    assert shown.returncode == 0, shown.stderr
    (request,) = sandbox.requests
    assert json.loads(request.body) == {"name": "Ünï", "designIds": ["a", "b"]}


def test_other_columns_are_left_out_if_that_is_asked_for(sandbox: Sandbox, tmp_path: Path) -> None:
    """This holds for JSON and CSV."""
    table, lines = tmp_path / "a.csv", tmp_path / "a.jsonl"
    table.write_text(f"id,name,owner\n{A},new,me\n")
    lines.write_text(json.dumps({"id": B, "name": "new", "owner": "me"}))
    for path in (table, lines):
        assert certifier("apply", path).returncode == 2
        assert certifier("apply", path, "--ignore-columns").returncode == 0
    assert {sandbox.templates[template].name for template in (A, B)} == {"new"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "a.csv",
            "nmae,titel,name,Name\na,b,c,d\n",
            [
                "'nmae' is not a field: did you mean name?",
                "'titel' is not a field",
                "two columns are name",
                "no column is id",
                "--ignore-columns",
            ],
        ),
        ("b.csv", f'id,name\n{A},"a\nb"\n,x\n', [":4: it has no id"]),
        ("c.csv", f'id,name\n{A},a\n{A},"b\n{A},c\n', [":3: a quote opens in this row"]),
        ("d.csv", f"id,name,\n{A},a,b\n", [":2: 'b' is in a column without a name"]),
        (
            "e.json",
            f'[\n{{"id": "{A}", "name": "a",\n "name": "b"}}]',
            [":2: ", "'name' is repeated"],
        ),
        ("f.jsonl", '{"id": "a", "name": NaN}', [":1: it is not JSON: NaN"]),
        (
            "i.csv",
            f"id,design_ids\n{A},(a b)\n{B},a\u200bb\n",
            [":2: design_ids[0] '(a'", ":3: design_ids[0] 'a\\u200bb'"],
        ),
        (
            "h.jsonl",
            f'{{"id": "{A}", "designIds": ["a", "b,c"]}}',
            [":1: design_ids[1] 'b,c' is not a valid id"],
        ),
        ("g.jsonl", "[" * 100_000, [":1: it is not JSON: it is nested too deeply"]),
    ],
)
def test_what_is_wrong_has_the_line_that_it_begins_in(
    name: str, content: str, said: list[str], sandbox: Sandbox, tmp_path: Path
) -> None:
    """All problems of a header are reported at once, with what may have been meant."""
    path = tmp_path / name
    path.write_text(content)
    shown = certifier("apply", path)
    assert shown.returncode == 2
    for part in said:
        assert part in shown.stderr
    assert sandbox.requests == []


ARRAY = r"""
 [
{"id": "a",
"name": "\u00fc é {0}"},

{"id": "b", "designIds": ["x", "y"]}
, 5]
"""


@pytest.mark.parametrize("size", [*range(1, 12), 1000])
def test_an_array_is_read_in_parts(size: int) -> None:
    """Wherever one ends, the rows and their lines are the same."""
    parts = (ARRAY[position : position + size] for position in range(0, len(ARRAY), size))
    *found, (line, problem) = rows.of_json(parts, ignore_columns=False)
    assert found == [
        (3, {"id": "a", "name": "ü é {0}"}),
        (6, {"id": "b", "design_ids": ["x", "y"]}),
    ]
    assert (line, type(problem)) == (7, InputError)


@pytest.mark.parametrize("end", ["", "{}]"])
@pytest.mark.parametrize("between", ["", "\n"])
def test_an_array_is_never_whole_in_memory(end: str, between: str, tmp_path: Path) -> None:
    """This holds for an endless array, and for one in a single line."""
    path = tmp_path / "changes.json"
    path.write_text("[" + f'{{"id": "a", "name": "b"}},{between}' * 50_000 + end)
    with closing(Source(str(path), ignore_columns=False)) as source:
        tracemalloc.start()
        read = sum(1 for _ in source._rows)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert read == 50_000 + 1
    assert peak < 20 * CHUNK_SIZE


@pytest.mark.parametrize(
    ("begin", "most"), [('[{"id": "a", "id": "b"}', 1), ('[{"id": no', 70), ("[" * 50, 70)]
)
def test_of_an_invalid_object_little_is_read(begin: str, most: int) -> None:
    """What cannot become valid is reported at once, and the rest after a mebibyte."""
    chunks = iter([begin, *[" " * CHUNK_SIZE] * 1000])
    ((line, error),) = rows.of_json(chunks, ignore_columns=False)
    assert (line, type(error)) == (1, InputError)
    assert 1000 - len(list(chunks)) < most


def test_an_object_of_an_array_may_have_exactly_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The closing brace does not count; with one character more, it is rejected."""
    monkeypatch.setattr(rows, "MAX_OBJECT", len('{"id":"a"'))
    for begin, is_read in (('{"id":"a"', True), ('{"id":"ab"', False)):
        (_, found), *_ = rows.of_json(iter(["[", begin, "}]"]), ignore_columns=False)
        assert isinstance(found, dict) is is_read


def test_the_changes_of_an_array_may_be_in_one_line(sandbox: Sandbox, tmp_path: Path) -> None:
    """Most programs write it so. Each change has its own number, in messages and in the journal."""
    path, report = tmp_path / "changes.json", tmp_path / "report"
    path.write_text(json.dumps([{"id": template, "name": "new"} for template in IDS[:3]]))
    for outcome in ("applied", "done"):
        assert certifier("apply", path, "--report", report).returncode == 0
        lines = [json.loads(line) for line in report.read_text().splitlines()]
        assert {(line["line"], line["id"], line["outcome"]) for line in lines} == {
            (number, template, outcome) for number, template in enumerate(IDS[:3], 1)
        }
    assert len(sandbox.requests) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", ":1: the array of changes does not begin"),
        ("{}", ":1: the array of changes does not begin"),
        ('[{"id": "a", "name": "b"},\n', ":2: the array has no end"),
        ('[{"id": "a", "name": "b"}]\n\n]', ":1: something follows the array"),
        ('[\n{"id": "a", "name": "b"', ":2: it is not JSON"),
    ],
)
def test_what_is_no_whole_array_is_rejected(content: str, said: str, tmp_path: Path) -> None:
    """The message says what is wrong."""
    path = tmp_path / "a.json"
    path.write_text(content)
    shown = certifier("apply", path, "--plan")
    assert (shown.returncode, said in shown.stderr) == (2, True), shown.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", f"id,name\n{A},a\n{B},ü\n"), ("a.json", f'[\n{{"id": "{A}",\n"name": "ü"}}\n]')],
)
def test_another_encoding_gets_advice(
    encoding: str, name: str, content: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    """The message says how to save the file, and where the problem is."""
    path = tmp_path / name
    path.write_bytes(content.encode(encoding))
    shown = certifier("apply", path)
    assert (shown.returncode, "CSV UTF-8" in shown.stderr) == (2, True)
    assert ("line 3" in shown.stderr) is (encoding == "cp1252")
    assert sandbox.requests == []


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(("number", "last"), [(51, "1 more warning like these"), (50, None)])
def test_only_the_first_errors_and_warnings_are_shown(
    number: int, last: str | None, tmp_path: Path
) -> None:
    """The others are counted."""
    path = tmp_path / "changes.csv"
    path.write_text("id,name\na,0\n" + "".join(f"a,{line}\n" for line in range(1, number + 1)))
    *shown, summary = certifier("apply", path, "--plan").stderr.splitlines()
    assert summary == f"{number + 1} changes would be sent"
    said = "to another value; the later one counts"
    assert shown == [
        *(
            f"{path}:{line}: warning: line {line - 1} sets name of a {said}"
            for line in range(3, 53)
        ),
        *[last] * bool(last),
    ]
    path.write_text("id,name\n" + ",a\n" * number)
    *shown, summary = certifier("apply", path).stderr.splitlines()
    assert summary == f"error: {number} of {number} changes are invalid; nothing was sent"
    assert shown == [f"{path}:{line}: it has no id" for line in range(2, 52)]


def test_one_field_that_is_set_to_two_values_is_a_warning(sandbox: Sandbox, tmp_path: Path) -> None:
    """It names both lines; the later value is used. The same value twice is no problem."""
    path = tmp_path / "changes.csv"
    path.write_text(f"id,name\n{A},a\n{B},b\n{A},a\n{A},c\n")
    shown = certifier("apply", path)
    assert shown.returncode == 0
    assert shown.stderr.count("warning") == 1
    assert f"{path}:5: warning: line 4 sets name" in shown.stderr
    assert sandbox.templates[A].name == "c"


def test_json_is_printed_as_the_api_returned_it(sandbox: Sandbox) -> None:
    """The order, unknown fields and the form of times are kept."""
    returned: dict[str, Any] = {
        "zeta": 1.0, "id": A, "name": "a", "learningEventUrl": None, "designIds": [],
        "createdAt": "2022-01-01T00:00:00.000Z", "updatedAt": "2022-01-01t00:00:00.120z",
    }  # fmt: skip
    sandbox.inject(status=200, json=returned)
    shown = certifier("update", A, "--json")
    assert shown.stdout == json.dumps(returned, indent=2) + "\n"
