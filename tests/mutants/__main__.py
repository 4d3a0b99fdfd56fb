"""Count how many of mutmut's mutants of our code the tests or mypy notice: `make mutants`.

docs/mutants.md explains how the mutants run, and has the results.
"""

import argparse
import ast
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from mutants.mutate import Function, Mutant, functions_of, mutants_of  # noqa: E402
from mutants.run import Runner  # noqa: E402

CLIENT = "overrides/certifier_client"
GENERATED = "generated/certifier_generated"
BUILD = ROOT / "build/mutants"
CHANGED_LIMIT = 20  # seconds for each mutant of a change


@dataclass(frozen=True)
class Target:
    """Files that are mutated, and the tests that may kill the mutants."""

    files: list[str]
    tests: list[str]


GENERATED_TESTS = [
    f"generated/test_{name}.py" for name in ("models", "operation", "unset", "larger_document")
]
CLIENT_TESTS = ["client", "network", "faults", "contract", "spec", *GENERATED_TESTS]
COMMAND_TESTS = ["bulk", "interface/test_help.py", "sandbox/test_plugin.py", "faults/test_use.py"]
# A file belongs to the first that names it.
TARGETS = {
    "call": Target([f"{CLIENT}/_call/*.py"], CLIENT_TESTS),
    "http": Target([f"{CLIENT}/_http/*.py"], CLIENT_TESTS),
    "plugin": Target(
        [f"{CLIENT}/pytest_plugin.py", "sandbox/certifier_sandbox/pytest_plugin.py"],
        ["sandbox", "bulk", "client"],
    ),
    "public": Target([f"{CLIENT}/*.py"], [*CLIENT_TESTS, "bulk"]),
    "resources": Target(
        [f"{GENERATED}/schemas.py", f"{GENERATED}/api/*/__init__.py"], CLIENT_TESTS
    ),
    # The client does not use the rest of the generated code.
    "generated": Target([f"{GENERATED}/models/*.py", f"{GENERATED}/api/*/*.py"], CLIENT_TESTS),
    "bulk": Target([f"{CLIENT}/bulk/*.py"], COMMAND_TESTS),
    "cli": Target([f"{CLIENT}/cli/*.py"], COMMAND_TESTS),
    "sandbox": Target(
        ["sandbox/certifier_sandbox/*.py"], ["sandbox", "interface/test_help.py", "contract"]
    ),
}


def main() -> None:
    """Run the named targets, or all, and write the totals."""
    arguments = parsed()
    figures = {name: in_new_process(name, arguments) for name in arguments.targets or TARGETS}
    path = ROOT / "build/figures/mutants.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n")
    sys.stdout.write(path.read_text())


def in_new_process(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure a target in a process of its own: pytest collects tests only once in a process."""
    with ProcessPoolExecutor(1, get_context("fork")) as pool:
        return pool.submit(measure, name, arguments).result()


def parsed() -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser("mutants", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []])
    parser.add_argument("--changed", metavar="REV", help="functions changed since REV; quick tests")
    parser.add_argument("--sample", metavar="N", type=int, help="a random sample of N per target")
    parser.add_argument("--seed", default="1", help="the seed of the sample")
    parser.add_argument("--again", action="store_true", help="only what the last run did not kill")
    parser.add_argument(
        "--limit",
        metavar="SECONDS",
        type=float,
        help="only the first tests of each mutant, up to this CPU time without the mutant; "
        f"default: {CHANGED_LIMIT} with --changed, and otherwise no limit",
    )
    parser.add_argument("--named", metavar="TEXT", default="", help="only names with this text")
    parser.add_argument("--tests", metavar="PATH", nargs="+", help="run these tests instead")
    parser.add_argument("--jobs", type=int, default=2, help="the number of processes")
    arguments = parser.parse_args()
    if arguments.limit is None:
        arguments.limit = CHANGED_LIMIT if arguments.changed else float("inf")
    return arguments


def measure(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run a target's mutants, print the unexplained survivors, and return the totals."""
    target = TARGETS[name]
    mutants = all_mutants(target)
    existing = {mutant.name for mutant in mutants}
    mutants = [mutant for mutant in mutants if arguments.named in mutant.name]
    if arguments.changed:
        unchanged = {path: functions_before(path, arguments.changed) for path in files_of(target)}
        mutants = [
            mutant
            for mutant in mutants
            if function_now(mutant) != unchanged[mutant.path].get(mutant.function)
        ]
    if arguments.sample and arguments.sample < len(mutants):
        mutants = random.Random(arguments.seed).sample(mutants, arguments.sample)
    chosen = {mutant.name for mutant in mutants}
    known = results_of(name)
    if arguments.again:
        ended = {name for name, result in known.items() if not is_unnoticed(result)}
        mutants = [mutant for mutant in mutants if mutant.name not in ended]
        mutants.sort(key=lambda mutant: mutant.name in known)  # first those that never ran
    else:
        write_results(name, {each: known[each] for each in existing - chosen & known.keys()})
    if mutants:
        for path in {mutant.path for mutant in mutants}:
            assert mypy_accepts(path, path.read_text()), path
        killers = {mutant: result["by"] for mutant, result in known.items() if result["by"]}
        run(name, target, mutants, killers, arguments)
        check_types(name, mutants)
    results = {name: result for name, result in results_of(name).items() if name in chosen}
    explained = explanations(name)
    unnoticed = {mutant for mutant, result in results.items() if is_unnoticed(result)}
    for mutant in sorted(unnoticed - explained):
        tests = results[mutant]["tests"]
        sys.stdout.write(f"{name}: {results[mutant]['result']}, {tests} tests: {mutant}\n")
    for mutant in sorted(explained - existing):
        sys.stdout.write(f"{name}: explained, but gone: {mutant}\n")
    for mutant in sorted((explained & results.keys()) - unnoticed):
        sys.stdout.write(f"{name}: explained, but {results[mutant]['result']}: {mutant}\n")
    counted = Counter(result["result"] for result in results.values())
    counted["killed"] += counted["timeout"]
    return {
        "all": len(existing),
        **counted,
        "killed by make quick": sum(result["quick"] for result in results.values()),
        "explained": len(explained & unnoticed),
    }


def run(
    name: str,
    target: Target,
    mutants: list[Mutant],
    killers: dict[str, str],
    arguments: argparse.Namespace,
) -> None:
    """Run the mutants with pytest and our plugin, which writes the results."""
    tests = arguments.tests or [f"tests/{path}" for path in target.tests]
    shared = digest(
        path
        for folder in ("overrides", "generated", "sandbox", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "test_" not in path.name and "mutants" not in path.relative_to(ROOT).parts
    )

    chosen = "not slow" if arguments.changed else ""

    def measured(test: Path) -> Path:
        return BUILD / f"{test.stem}-{shared}-{digest([test])}{'-quick' if chosen else ''}.json"

    runner = Runner(mutants, results_file(name), killers, measured, arguments.jobs, arguments.limit)
    options = ["-o", "addopts=--import-mode=importlib", f"--rootdir={ROOT}", "-m", chosen]
    options += [part for name in ("cacheprovider", "terminal") for part in ("-p", f"no:{name}")]
    ended = pytest.main([*options, *tests], plugins=[runner])
    if ended not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        sys.exit(f"pytest ended with {ended}")


def check_types(name: str, mutants: list[Mutant]) -> None:
    """Let mypy check the mutants that no test killed, and write which ones it rejects."""
    results = results_of(name)
    for mutant in mutants:
        result = results[mutant.name]
        if is_unnoticed(result) and not mypy_accepts(mutant.path, mutant.source):
            result["result"] = "rejected"
    write_results(name, results)


def mypy_accepts(path: Path, source: str) -> bool:
    """Return whether mypy finds nothing in a file that has another text."""
    with tempfile.NamedTemporaryFile("w") as changed:
        changed.write(source)
        changed.flush()
        os.utime(changed.name, (0, zlib.crc32(source.encode())))  # or mypy's cache mixes them up
        command = [sys.executable, "-m", "mypy", f"--cache-dir={BUILD / 'mypy'}"]
        command += ["--shadow-file", str(path), changed.name, str(path)]
        checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert checked.returncode in {0, 1}, checked.stdout + checked.stderr
        return checked.returncode == 0


def results_file(name: str) -> Path:
    """Return the file of a target's results: JSON Lines, in which the last of a name counts."""
    return BUILD / f"{name}.jsonl"


def results_of(name: str) -> dict[str, Any]:
    """Return the results of a target's mutants, by name; also those that are gone."""
    file = results_file(name)
    lines = file.read_text().splitlines() if file.exists() else []
    return {result.pop("name"): result for result in map(json.loads, lines)}


def write_results(name: str, results: dict[str, Any]) -> None:
    """Write the results of a target's mutants anew."""
    lines = [json.dumps({"name": mutant, **result}) for mutant, result in results.items()]
    results_file(name).parent.mkdir(parents=True, exist_ok=True)
    results_file(name).write_text("".join(f"{line}\n" for line in lines))


def is_unnoticed(result: dict[str, Any]) -> bool:
    """Return whether neither a test nor mypy noticed the mutant."""
    return result["result"] in {"survived", "impossible"}


def files_of(target: Target) -> list[Path]:
    """Return the files of a target that no earlier target names."""
    taken: set[Path] = set()
    for other in TARGETS.values():
        found = {path for pattern in other.files for path in ROOT.glob(pattern)} - taken
        if other is target:
            return sorted(found)
        taken |= found
    raise LookupError(target)


def all_mutants(target: Target) -> list[Mutant]:
    """Return the mutants of a target's files."""
    return [mutant for path in files_of(target) for mutant in mutants_of(path, module_of(path))]


def module_of(path: Path) -> str:
    """Return the module name of one of our files."""
    parts = path.relative_to(ROOT).with_suffix("").parts[1:]
    return ".".join(parts).removesuffix(".__init__")


def function_now(mutant: Mutant) -> str:
    """Return the current code of the function that a mutant changes."""
    return meaning(functions_of(ast.parse(mutant.path.read_text()))[mutant.function])


def functions_before(path: Path, revision: str) -> dict[str, str]:
    """Return the code of a file's functions at a revision, by name; empty if there was no file."""
    shown = subprocess.run(
        ["git", "show", f"{revision}:{path.relative_to(ROOT)}"],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    functions = functions_of(ast.parse(shown.stdout))
    return {name: meaning(function) for name, function in functions.items()}


def meaning(function: Function) -> str:
    """Return the code of a function without formatting, comments and docstring."""
    body = function.body[ast.get_docstring(function) is not None :]
    return "\n".join(map(ast.unparse, [function.args, *function.decorator_list, *body]))


def digest(paths: Iterable[Path]) -> str:
    """Return a short hash of the contents of some files."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:8]


def explanations(name: str) -> set[str]:
    """Return the survivors that survivors.toml explains."""
    survivors = tomllib.loads(Path(__file__).with_name("survivors.toml").read_text())
    return {mutant for mutants in survivors.get(name, {}).values() for mutant in mutants}


if __name__ == "__main__":
    main()
