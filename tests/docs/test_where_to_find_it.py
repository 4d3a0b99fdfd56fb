"""The page that names the file for each frequent question."""

import re

import pytest

from support import ROOT

PAGE = (ROOT / "docs/where-to-find-it.md").read_text()
ROWS = re.findall(r"^\| ([A-Z].*\?) \| (.*) \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("question", "where"), ROWS)
def test_each_path_and_name_in_a_row_exists(question: str, where: str) -> None:
    """Each path exists in the repository, and each name is in a file of its row."""
    marked = re.findall(r"`([^`]+)`", where)
    paths = [ROOT / mark for mark in marked if "/" in mark or "." in mark]
    assert paths, question
    assert [path for path in paths if not path.exists()] == []
    text = "".join(path.read_text() for path in paths if path.is_file())
    for name in marked:
        assert (ROOT / name).exists() or re.search(rf"\b{name}\b", text), name


def test_the_page_has_ten_questions() -> None:
    """The test above reads a row for each of them."""
    assert len(ROWS) == PAGE.count("\n| ") - 2 == 10
