"""The table again, as one test: a thousand small ones would take mutmut days."""

from contract.pair import Pair, in_process
from contract.request_table import rows


def test_every_row_gets_the_response_of_the_model() -> None:
    """All rows in process, each on a sandbox as new."""
    with in_process() as service:
        pair = Pair(service)
        for _, request in rows():
            pair.reset("2026-03-01T00:00:00.000Z")
            pair.ask(request)
