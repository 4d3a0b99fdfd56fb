"""The sandbox responds to each row as the model does: all in process, some over a socket."""

from typing import Any

import pytest

from contract.pair import Pair
from contract.request_table import Row, rows
from figures import contract as counted

ROWS = rows()
# These concern the server's own parser, so all of them are also sent over a socket.
WIRE = {"authentication", "versions", "ids", "paths", "methods", "content_types", "overrides"}
NOW = "2026-03-01T00:00:00.000Z"


def test_the_table_is_large_and_its_names_are_unique() -> None:
    """It has at least 600 rows."""
    counted.add("table_rows", len(ROWS))
    assert len({name for name, _ in ROWS}) == len(ROWS) >= 600


@pytest.mark.parametrize("row", ROWS, ids=[name for name, _ in ROWS])
def test_the_sandbox_responds_to_a_row_as_the_model_does(local: Pair, row: Row) -> None:
    """Status, headers, code, documented message, body and state are the same."""
    local.ask_row(row, NOW)


def families() -> dict[str, list[Row]]:
    """Return the rows by family."""
    families: dict[str, list[Row]] = {}
    for row in ROWS:
        families.setdefault(row[0].partition(":")[0], []).append(row)
    return families


@pytest.mark.parametrize(("family", "rows"), families().items(), ids=families())
def test_a_socket_changes_no_response(
    local: Pair, served: Pair, family: str, rows: list[Row]
) -> None:
    """All rows about the wire are sent; of the others, the largest and one for each response."""
    if family not in WIRE:
        each: dict[Any, Row] = {}
        for row in rows:
            response = local.ask_row(row, NOW)
            each.setdefault((response.status, response.body.get("error", {}).get("code")), row)
        rows = [*each.values(), max(rows, key=lambda row: len(row[1].body))]
    for row in rows:
        try:
            served.ask_row(row, NOW)
        except AssertionError as error:
            error.add_note(row[0])
            raise
