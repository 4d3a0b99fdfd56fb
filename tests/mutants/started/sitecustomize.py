"""Python imports this in each process that a test starts: it runs the mutant as well."""

import importlib.machinery
import os
from pathlib import Path
from types import CodeType

if "MUTANT" in os.environ:
    path, source = os.environ["MUTANT"].split("\n")
    original = importlib.machinery.SourceFileLoader.get_code

    def get_code(self, fullname) -> CodeType | None:
        """Give the mutant in place of the file."""
        if self.path == path:
            return compile(Path(source).read_text(), path, "exec")
        return original(self, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code
