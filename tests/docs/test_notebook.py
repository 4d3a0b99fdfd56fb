"""The example notebook."""

import copy
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from support import ROOT

NOTEBOOK = ROOT / "examples/notebook.ipynb"


@pytest.mark.usefixtures("certifier_sandbox")
def test_the_notebook_has_its_current_output() -> None:
    """When it runs again, each cell has the stored output."""
    read: Any = nbformat.read
    stored = read(NOTEBOOK, as_version=4)
    again = NotebookClient(copy.deepcopy(stored)).execute()
    assert [cell.get("outputs") for cell in again.cells] == [
        cell.get("outputs") for cell in stored.cells
    ], "if that is meant, `.venv/bin/jupyter execute --inplace examples/notebook.ipynb` stores it"
