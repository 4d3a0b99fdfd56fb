"""The command meets kills, faults, copied journals and undos, and continues."""

from pathlib import Path

import pytest

from bulk.histories import WORKERS, Figures, History
from certifier_sandbox import Sandbox


@pytest.mark.slow
def test_whatever_happened_to_a_list_its_reports_are_true(sandbox: Sandbox, tmp_path: Path) -> None:
    """Nothing is lost or wrong, and a kill repeats only the requests that were in flight."""
    figures = Figures()
    for seed in range(6):
        History(sandbox, tmp_path, seed, figures, changes=60).run()
    assert figures.kills > 3
    assert (figures.lost, figures.wrong, figures.notes) == (0, 0, [])
    assert figures.most_extra <= WORKERS
