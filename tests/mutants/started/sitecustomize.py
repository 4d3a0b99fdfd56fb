"""Run the mutant in a process that a test starts: Python imports this in each."""

import os
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType


def replace_on_import(path: str, source: str) -> None:
    """Have whoever imports a file from here on get another source."""
    original = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        if self.path == path:
            return compile(source, path, "exec")
        return original(self, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]


if "MUTANT" in os.environ:
    mutated, replacement = os.environ["MUTANT"].split("\n")
    replace_on_import(mutated, Path(replacement).read_text())
