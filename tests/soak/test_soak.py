"""A single round of the soak."""

from soak.__main__ import soak


def test_a_round_of_random_faults_ends_without_a_problem() -> None:
    """Each report agrees with the server, and no client, thread or task is left."""
    ended = soak(minutes=0, seed=1)
    assert not ended.problems
    assert ended.outcomes.total() > 500
