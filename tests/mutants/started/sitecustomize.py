"""Run the mutant in a process that a test starts, or record its lines: Python imports this."""

import atexit
import json
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


def record(folder: Path, packages: list[str]) -> None:
    """Write the lines of the packages that this process runs into the folder when it ends."""
    import coverage  # noqa: PLC0415 - most processes do without

    measured = coverage.Coverage(
        data_file=None, config_file=False, include=packages, messages=False
    )
    measured.set_option("run:disable_warnings", ["no-data-collected"])
    measured.start()

    def write() -> None:
        measured.stop()
        data = measured.get_data()
        lines = {path: data.lines(path) for path in data.measured_files()}
        (folder / f"{os.getpid()}.json").write_text(json.dumps(lines))

    atexit.register(write)


if "RECORD" in os.environ:
    recorded, *included = os.environ["RECORD"].split("\n")
    record(Path(recorded), included)
if "MUTANT" in os.environ:
    mutated, replacement = os.environ["MUTANT"].split("\n")
    replace_on_import(mutated, Path(replacement).read_text())
