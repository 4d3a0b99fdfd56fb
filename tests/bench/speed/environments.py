"""Throw-away environments under build/bench, with this client and its alternatives.

They are kept until their inputs change; `make clean` removes them.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "build/bench"

# Each has only what its contenders need: a package of one can make another faster or slower.
PACKAGES = {
    "client": ["."],  # with httpx, its dependency
    "sniffio": [".", "sniffio"],  # which httpx looks for at every lock
    "aiohttp": ["aiohttp"],
    "peers": [
        "aiohttp",
        "aiohttp-retry",
        "httpx",
        "openapi-generator-cli",
        "openapi-python-generator",
        "pydantic",
        "python-dateutil",
        "requests",
        "urllib3",
    ],
    "stainless": ["openai"],
}
QUICK = ("client", "sniffio", "aiohttp")


class Unavailable(Exception):  # noqa: N818 - it is reported, and the run continues
    """Something cannot be installed or run here."""


def python(name: str) -> str:
    """Return the interpreter of an environment."""
    return str(FOLDER / name / "bin/python")


def prepare(name: str) -> None:
    """Make an environment unless it exists, or raise Unavailable."""
    folder, packages = FOLDER / name, PACKAGES[name]
    # The client is installed as users install it, again whenever its code changes.
    made_from = _digest("overrides", "generated", "pyproject.toml") if "." in packages else ""
    done, wanted = folder / "made_from", f"{packages} {made_from}"
    if done.exists() and done.read_text() == wanted:
        return
    if done.exists() and done.read_text().startswith(f"{packages} "):
        _run(python(name), "-m", "pip", "install", "-qq", "--no-deps", "--force-reinstall", ".")
    else:
        shutil.rmtree(folder, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(folder))
        _run(python(name), "-m", "pip", "install", "-qq", *packages)
    if name == "client":
        _generate_vanilla()
    if name == "peers":
        _generate_peers()
    done.write_text(wanted)


def versions(name: str) -> dict[str, str]:
    """Return the packages of an environment with their versions."""
    listed = _run(python(name), "-m", "pip", "list", "--format=freeze").split()
    return dict(line.split("==") for line in listed)


def environment(name: str) -> dict[str, str]:
    """Return the environment variables for a process, with the generated clients on its path."""
    inherited = {
        variable: value
        for variable, value in os.environ.items()
        if not variable.lower().endswith("_proxy")
    }
    return {**inherited, "PYTHONPATH": str(FOLDER / name / "generated")}


def _digest(*paths: str) -> str:
    found = hashlib.sha256()
    for path in map(ROOT.joinpath, paths):
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            found.update(file.read_bytes())
    return found.hexdigest()


def _generate_vanilla() -> None:
    """Run the generator without our configuration, templates and overrides."""
    target = FOLDER / "client/generated/vanilla"
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(exist_ok=True)
    generate = ["openapi-python-client", "generate", "--path", "openapi.yaml"]
    _run(*generate, "--meta", "none", "--output-path", str(target))


def _generate_peers() -> None:
    target = FOLDER / "peers/generated"
    target.mkdir(exist_ok=True)
    for library, name in (("urllib3", "og_urllib3"), ("asyncio", "og_aiohttp")):
        generate = [str(FOLDER / "peers/bin/openapi-generator-cli"), "generate", "-g", "python"]
        options = ["-i", "openapi.yaml", "--library", library, "-o", str(target / f".{name}")]
        with _reported():
            _run(*generate, *options, f"--additional-properties=packageName={name}")
            shutil.copytree(target / f".{name}/{name}", target / name)
    for library, name in (("requests", "opg_requests"), ("aiohttp", "opg_aiohttp")):
        generate = [str(FOLDER / "peers/bin/openapi-python-generator"), "openapi.yaml"]
        with _reported():
            _run(*generate, str(target / name), "--library", library)


@contextlib.contextmanager
def _reported() -> Iterator[None]:
    """Report a generator that does not run here, and continue without it."""
    try:
        yield
    except Unavailable as why:
        print(why, file=sys.stderr)


def _run(*command: str) -> str:
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        output = (ended.stdout + ended.stderr).strip().splitlines() or ["no output"]
        raise Unavailable(f"{' '.join(command)[:100]} ended with {ended.returncode}: {output[-1]}")
    return ended.stdout
