"""Measure how many mutants of our code the tests notice: `make mutants`.

mutmut mutates one line at a time and runs the tests that reach it. It expects the path of a file to
equal the name of its module, so each target runs in a copy of the project with the packages at the
top. This takes many minutes; the last result is in docs/mutants.md.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "certifier_client": "overrides/certifier_client",
    "certifier_generated": "generated/certifier_generated",
    "certifier_sandbox": "sandbox/certifier_sandbox",
}
COPIED = ["README.md", "openapi.yaml", "generator-config.yaml", "Makefile", "requirements", "tests"]
CLIENT_TESTS = [
    "tests/client",
    "tests/contract/test_round_trip.py",
    "tests/generated",
    "tests/spec",
]
# Without garbage collection, which closes forgotten pools. mutmut records their functions in a
# context variable; if that happened while it changed, Python 3.11 crashed or lost its value.
MUTMUT = "import gc; from mutmut.__main__ import cli; gc.disable(); cli()"
# These start processes of their own, where there are no mutants.
SLOW = ["test_distribution.py", "test_examples.py", "test_generation.py", "test_plugin.py"]


@dataclass(frozen=True)
class Target:
    """A package, its files that are not mutated, and arguments for pytest."""

    package: str
    left_out: list[str]
    pytest: list[str]


TARGETS = {
    "sandbox": Target(
        "certifier_sandbox",
        ["__main__.py", "pytest_plugin.py"],  # the tests run them as a command and in pytest
        ["tests/mutants/whole_table.py", "tests/sandbox"],
    ),
    # Without the packages that are built on the client and have tests of their own.
    "client": Target("certifier_client", ["bulk/*", "cli/*", "pytest_plugin.py"], CLIENT_TESTS),
    # Only the operation and its models: the client does not use the rest.
    "generated": Target(
        "certifier_generated",
        ["client.py", "errors.py"],
        [
            *(f"tests/generated/test_{name}.py" for name in ("models", "operation", "unset")),
            "tests/client/test_update.py",
        ],
    ),
}


def main() -> None:
    """Run the given targets, or all, and write the figures."""
    figures = {name: measure(name) for name in sys.argv[1:] or TARGETS}
    path = ROOT / "build/figures/mutants.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(known | figures, indent=2) + "\n")
    sys.stdout.write(path.read_text())


def measure(name: str) -> dict[str, int]:
    """Run mutmut on one target and count its mutants; print unexplained survivors."""
    folder = ROOT / "build/mutants" / name
    prepare(folder, TARGETS[name])
    environment = os.environ | {"VENV": str(ROOT / ".venv")}
    run = [sys.executable, "-c", MUTMUT, "run"]
    subprocess.run(run, cwd=folder, env=environment, check=True)
    listed = subprocess.run(
        [sys.executable, "-m", "mutmut", "results", "--all", "true"],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [line.strip() for line in listed.stdout.splitlines() if "__mutmut_" in line]
    results = dict(line.rsplit(": ", 1) for line in lines)
    explained = explanations(name)
    for mutant, result in results.items():
        if result not in {"killed", "timeout"} and mutant not in explained:
            sys.stdout.write(f"{name}: {result}: {mutant}\n")
    for mutant in sorted(explained - results.keys()):
        sys.stdout.write(f"{name}: explained, but gone: {mutant}\n")
    counted = Counter(results.values())
    return {
        "total": len(results),
        "killed": counted["killed"] + counted["timeout"],
        "explained": len(explained & results.keys()),
    }


def explanations(name: str) -> set[str]:
    """Return the survivors that survivors.toml explains."""
    survivors = tomllib.loads(Path(__file__).with_name("survivors.toml").read_text())
    return set(survivors.get(name, {}))


def prepare(folder: Path, target: Target) -> None:
    """Copy the project with its packages at the top, and configure mutmut."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, path in PACKAGES.items():
        shutil.copytree(ROOT / path, folder / name)
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)
    shutil.copy2(ROOT / "openapi.yaml", folder / "certifier_sandbox")  # where a wheel has it
    shutil.copytree(ROOT / "overrides/templates", folder / "overrides/templates")
    (folder / "pyproject.toml").write_text(configuration(target))
    # Tests that generate use the tools of this environment (VENV), which make considers up to date.
    for file in (folder / "pyproject.toml", *(folder / "requirements").iterdir()):
        os.utime(file, (0, 0))


def configuration(target: Target) -> str:
    """Return the project's settings of pytest, and settings for mutmut."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pytest = project["tool"]["pytest"]["ini_options"]
    # A mutant may leave a coroutine or socket open; only failing tests count.
    pytest["filterwarnings"] = ["default"]
    mutmut: dict[str, Any] = {
        "source_paths": [*PACKAGES],
        "only_mutate": [f"{target.package}/*"],
        "do_not_mutate": [f"{target.package}/{name}" for name in target.left_out],
        "do_not_mutate_patterns": [
            # It returns its second argument for any first one.
            r"cast\(",
            # The generator begins a function with this; the other branches return the same data.
            r"if data is None:",
            # uvicorn calls an application to see whether it is a factory, which a wrapper breaks.
            r"suppress\(ClientDisconnect\)",
            r"super\(\).__call__\(scope",
        ],
        "also_copy": [*COPIED, "overrides", "pyproject.toml"],
        "pytest_add_cli_args_test_selection": [
            *target.pytest,
            *(f"--ignore-glob=*/{name}" for name in SLOW),
        ],
    }
    return "\n".join([*section("pytest.ini_options", pytest), *section("mutmut", mutmut)])


def section(name: str, values: dict[str, Any]) -> list[str]:
    """Return a TOML table; strings, lists and booleans are written as in JSON."""
    return [f"[tool.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]


if __name__ == "__main__":
    main()
