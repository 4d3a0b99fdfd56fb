"""The help of the commands."""

import re
from pathlib import Path

from interface.help import help_of, help_of_commands


def test_the_help_is_that_of_its_snapshot() -> None:
    """Line breaks do not matter. `make interface UPDATE=1` writes the snapshot."""
    recorded = Path(__file__).with_name("help.txt").read_text()
    assert help_of_commands().split() == recorded.split()


def test_in_a_narrow_terminal_an_option_has_its_text_next_to_it() -> None:
    """If the option takes up to a third of the line; click itself allows 30 columns."""
    shown = help_of("certifier-client", "update", columns=60)
    assert re.search(r"--token-file PATH +A file", shown)
    assert re.search(r"--learning-event-url <str>\n +The", shown)
