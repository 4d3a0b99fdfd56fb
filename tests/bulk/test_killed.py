"""The command is killed, and goes on."""

from pathlib import Path

import pytest

from bulk.killing import WORKERS, killed
from certifier_sandbox import Sandbox


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_where_it_was(sandbox: Sandbox, tmp_path: Path) -> None:
    """Nothing is lost or wrong, and no more is sent twice than was under way."""
    *_, toll = killed(sandbox, tmp_path, runs=4, seed=1, changes=100)
    assert toll.kills == 4
    assert (toll.lost, toll.wrong) == (0, 0)
    assert toll.most <= WORKERS
