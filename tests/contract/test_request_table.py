"""The sandbox responds to each row as the model says: to all in process, to some over a socket."""

from typing import Any

import pytest

from contract.model import Request, Response
from contract.pair import Pair
from contract.request_table import Row, rows
from figures import contract as counted

ROWS = rows()
# What these are about goes through the server's own parser: all of them go over the socket too.
WIRE = {"authentication", "versions", "ids", "paths", "methods", "content_types"}
NOW = "2026-03-01T00:00:00.000Z"


def ask(pair: Pair, request: Request) -> Response:
    """Ask a sandbox as new, and its model."""
    pair.reset(NOW)
    return pair.ask(request)


def test_the_table_is_large_and_its_names_are_unique() -> None:
    """At least 600 rows, each of which can be named."""
    counted.add("table_rows", len(ROWS))
    assert len({name for name, _ in ROWS}) == len(ROWS) >= 600


@pytest.mark.parametrize("request_", [row for _, row in ROWS], ids=[name for name, _ in ROWS])
def test_the_sandbox_responds_to_a_row_as_the_model_does(alone: Pair, request_: Request) -> None:
    """Status, headers, code, documented message, the whole success, and what is remembered."""
    ask(alone, request_)


def families() -> dict[str, list[Row]]:
    """Return the rows by what they are about."""
    families: dict[str, list[Row]] = {}
    for row in ROWS:
        families.setdefault(row[0].partition(":")[0], []).append(row)
    return families


@pytest.mark.parametrize(("family", "rows"), families().items(), ids=families())
def test_a_socket_changes_no_response(
    alone: Pair, served: Pair, family: str, rows: list[Row]
) -> None:
    """Not to a row about the wire; of the others, to the largest and to one for each response."""
    if family not in WIRE:
        each: dict[Any, Row] = {}
        for row in rows:
            response = ask(alone, row[1])
            each.setdefault((response.status, response.body.get("error", {}).get("code")), row)
        rows = [*each.values(), max(rows, key=lambda row: len(row[1].body))]
    for name, request in rows:
        try:
            ask(served, request)
        except AssertionError as error:
            error.add_note(name)
            raise
