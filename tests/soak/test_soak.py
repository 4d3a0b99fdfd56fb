"""A round of the soak."""

from soak.__main__ import soak


def test_a_round_of_random_faults_ends_without_a_problem() -> None:
    """Each report is what the server did, and nothing is left of clients, threads and tasks."""
    ended = soak(minutes=0, seed=1)
    assert not ended.problems
    assert ended.outcomes.total() > 500
