"""Each row of the table is answered as the model says."""

import pytest

from contract.model import Request
from contract.service import Pair
from contract.table import rows
from figures import contract as counted

ROWS = rows()


def test_the_table_is_large_and_its_names_are_unique() -> None:
    """At least 600 rows, each of which can be named."""
    counted.add("table_rows", len(ROWS))
    assert len({name for name, _ in ROWS}) == len(ROWS) >= 600


@pytest.mark.parametrize("request_", [row for _, row in ROWS], ids=[name for name, _ in ROWS])
def test_the_sandbox_answers_a_row_as_the_model_does(pair: Pair, request_: Request) -> None:
    """Status, headers, code, documented message, the whole success, and what is remembered."""
    pair.reset("2026-03-01T00:00:00.000Z")
    pair.ask(request_)
