"""The help of the commands."""

from pathlib import Path

from interface.help import help_of_commands


def test_the_help_is_that_of_its_snapshot() -> None:
    """Line breaks do not matter. `make interface UPDATE=1` writes the snapshot."""
    recorded = Path(__file__).with_name("help.txt").read_text()
    assert help_of_commands().split() == recorded.split()
