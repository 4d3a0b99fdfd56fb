"""Run the mutant in each process that a test starts, or record its lines, at its startup."""

import atexit
import json
import os
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType


def replace_on_import(path: str, source: str) -> None:
    """Use another source when a file is imported from now on."""
    original = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        if self.path == path:
            return compile(source, path, "exec")
        return original(self, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]


def record(folder: Path, packages: list[str]) -> None:
    """When this process ends, write the lines of the packages that it ran to the folder."""
    import coverage  # noqa: PLC0415 - few processes need it

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
