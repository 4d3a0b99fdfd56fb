"""The table as one test: with a thousand tests, mutmut would take days."""

from contract.pair import Pair, in_process
from contract.request_table import rows


def test_every_row_gets_the_response_of_the_model() -> None:
    """Each row is sent to a fresh sandbox in process."""
    with in_process() as service:
        pair = Pair(service)
        for row in rows():
            pair.ask_row(row, "2026-03-01T00:00:00.000Z")
