"""What the command prints in a session, word for word."""

import os
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bulk.command import certifier
from bulk.conftest import IDS
from certifier_sandbox import Sandbox

TRANSCRIPT = Path(__file__).with_name("transcript.txt")
FILES = {
    "new.csv": (
        "id,name,design_ids\n"
        "01g90279gp5sbmfek7wymc0000,First,\n"
        "01g90279gp5sbmfek7wymc0001,,01fpwtztwf7sacca5r0c483mnm 01hz2ej4yzdcfkq9fa78nhyj0x\n"
    ),
    "one.jsonl": '{"id": "01g90279gp5sbmfek7wymc0002", "name": "Third"}\n',
    "two.jsonl": '{"id": "01g90279gp5sbmfek7wymc0007", "name": "Eighth"}\n',
    "some.csv": (
        "id,name\n01g90279gp5sbmfek7wymc0003,Fourth\n01g90279gp5sbmfek7wymc9999,Nobody's\n"
    ),
    "wrong.csv": "id,names\n01g90279gp5sbmfek7wymc0000,First\n",
    "invalid.csv": "id,name,learning_event_url\n01g90279gp5sbmfek7wymc0000,a,b\n,c,\n",
    "empty.csv": "id,name\n",
    "latin.csv": "id,name\n01g90279gp5sbmfek7wymc0000,Z\udcfcrich\n",
    "twice.jsonl": '{"id": "a", "name": "b"}\n{"id": "a", "name": "c"\n',
    "twice.csv": "id,name\n01g90279gp5sbmfek7wymc0004,A\n01g90279gp5sbmfek7wymc0004,B\n",
    "repeated.csv": "id,name,Name\na,b,c\n",
    "unknown.csv": "id,owner,,\na,b\n",
    "columns.csv": "owner,name,name\n",
    "cells.csv": "id,name\na\na,b,c\n\n,\na,\n,b\n",
    "unnamed.csv": "id,name,\na,b,c\n",
    "quote.csv": 'id,name\na,b\na,"b\na,c\n',
    "long.csv": f"id,name\na,{'b' * 150_000}\n",
    "sep.csv": "sep=:\nid:name\na:\n",
    "spaced.csv": 'sep=,\n"id" ; "name";\na;b;;\n',
    "what.jsonl": (
        'no\n[]\n{"id": "a", "x": 1}\n{"id": "a", "name": NaN}\n{"id": "a", "id": "b"}\n'
        '{"id": "a", "name": null}\n{"id": 5, "name": "b"}\n{"name": "b"}\n{"id": "a"}\n'
        '{"id": "a", "name": "b", "Name": "c"}\n'
    ),
    "what.json": '[{"id": "a", "name": "b"},\n\n {"id": 5, "name": "b"},\n{"id": "b"\n, "x": 1}]',
    "object.json": "{}",
    "open.json": '[{"id": "a", "name": "b"}\n',
    "after.json": '[{"id": "a", "name": "b"}]x',
    "before.json": 'X[{"id": "a", "name": "b"}]',
    "between.json": '[{"id": "a", "name": "b"},X{"id": "a", "name": "b"}]',
    "cut.json": '[{"id": "a", "na',
    "mark.json": '\ufeff[{"id": "a", "name": "b"}]',
    "nothing.csv": "",
    "nothing-else.csv": "sep=;\n",
    "lines.csv": 'id,name\r\na,"b\r\nc\td"\r\n',
    "odd.jsonl": (
        '{"id": "01g90279gp5sbmfek7wymc0000", "name": "Z\\u00fcrich\\u202e", "designIds": ["a"]}\n'
    ),
    "no-token": "\n",
    "utf16.csv": "\udcff\udcfei\0d\0",
    "utf16be.csv": "\udcfe\udcff\0i\0d",
}


def test_a_session_is_that_of_the_transcript(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`UPDATE=1 pytest tests/bulk/test_transcript.py` writes what the commands in it print now."""
    monkeypatch.chdir(tmp_path)
    sandbox.clock.set(datetime(2026, 1, 1, tzinfo=UTC))
    sandbox.seed(id=IDS[0], name="old")
    sandbox.seed(id=IDS[6], name="old", learning_event_url=None, design_ids=[])
    for name, text in FILES.items():
        Path(name).write_bytes(os.fsencode(text))
    recorded = TRANSCRIPT.read_text()
    commands = re.findall(r"^\$ (.*)$", recorded, re.MULTILINE)
    printed = "\n".join(session(command, sandbox) for command in commands)
    if "UPDATE" in os.environ:
        TRANSCRIPT.write_text(printed)
    assert printed == recorded


def session(command: str, sandbox: Sandbox) -> str:
    """Run a command; return it with its output and errors, and the sandbox's address replaced."""
    name, *arguments = shlex.split(command)
    if name == "cat":
        lines = [f"$ {command}", Path(*arguments).read_text()]
    else:
        shown = certifier(*arguments, input=FILES["new.csv"])
        lines = [f"$ {command}", *shown.stdout.splitlines()]
        lines += [f"! {line}" for line in shown.stderr.splitlines()]
        lines.append(f"exit code {shown.returncode}\n")
    return "\n".join(lines).replace(sandbox.url.removeprefix("http://"), "sandbox")
