"""Say what of the public Python interface broke since the last release: `make interface`.

Public is what `certifier_client.__all__` and `certifier_sandbox.__all__` name, the fixtures, and
the generated package. A break is allowed where the version says so: before 1.0 a new minor version,
from then on a new major one.

Exit codes: 0 nothing broke, the version says so, or nothing is released yet; 1 something broke; 2
the revision that was named cannot be read.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import griffe

PACKAGES = ["certifier_client", "certifier_generated", "certifier_sandbox"]
FOLDERS = ["overrides", "generated", "sandbox"]
COLOUR = re.compile(r"\x1b\[\d*m")
PLUGIN = "certifier_client.pytest_plugin"
FIXTURES = {f"{PLUGIN}.certifier", f"{PLUGIN}.certifier_sandbox"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the command line, print a line for each break, return the exit code."""
    parser = argparse.ArgumentParser(prog="make interface", description=__doc__)
    parser.add_argument("--base", metavar="REV", help="what to compare with (the last tag v…)")
    base: str | None = parser.parse_args(arguments).base or _last_release()
    if base is None:
        sys.stdout.write("nothing is released yet (no tag v…): BASE=<git rev> names a revision\n")
        return 0
    try:
        pairs = [_pair(name, base) for name in PACKAGES]
    except (griffe.GriffeError, RuntimeError, ImportError) as error:
        sys.stderr.write(f"interface: cannot compare with '{base}': {_brief(error)}\n")
        return 2
    broken = sorted({line for old, new in pairs for line in _breaks(old, new)})
    sys.stdout.writelines(f"BREAKS  {line}\n" for line in broken)
    was, now = (str(package["version.__version__"].value).strip("'") for package in pairs[0])
    allowed = bool(broken) and _breaking_part(was) < _breaking_part(now)
    said = f", which version {now} after {was} may" if allowed else ""
    sys.stdout.write(f"the public interface since {base}: {len(broken)} breaking{said}\n")
    return int(bool(broken) and not allowed)


def _last_release() -> str | None:
    """Return the last tag; a release itself is compared with the one before it."""
    changed = _git("status", "--porcelain", "--untracked-files=no")
    here = [] if changed else _git("tag", "--points-at", "HEAD").split()
    leaving_out = [f"--exclude={tag}" for tag in here]
    return _git("describe", "--tags", "--abbrev=0", "--match=v*", *leaving_out) or None


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    return told.stdout.strip()


def _pair(name: str, base: str) -> tuple[griffe.Object, griffe.Object]:
    """Return a package as it was and as it is."""
    how: Any = {"resolve_aliases": True, "resolve_external": True, "allow_inspection": False}
    old = griffe.load_git(name, ref=base, search_paths=FOLDERS, **how)
    new = griffe.load(name, search_paths=FOLDERS, **how)
    assert isinstance(old, griffe.Object)
    assert isinstance(new, griffe.Object)
    return old, new


def _breaks(old: griffe.Object, new: griffe.Object) -> Iterator[str]:
    """Tell what is gone, or takes or gives something else."""
    names = [str(name) for name in old.exports or []]
    public = {old[name].canonical_path for name in names} | {f"{old.path}.{name}" for name in names}
    for name in set(names) - {str(name) for name in new.exports or []}:
        yield f"{old.name}.{name}: no longer in __all__"
    for breakage in griffe.find_breaking_changes(old, new):
        path = breakage.obj.path
        above = {path.rsplit(".", dots)[0] for dots in range(path.count("."))}
        # What a fixture takes is pytest's to fill in.
        gone = path in FIXTURES and breakage.kind is griffe.BreakageKind.OBJECT_REMOVED
        if old.name == "certifier_generated" or above & public or gone:
            yield COLOUR.sub("", breakage.explain(griffe.ExplanationStyle.ONE_LINE))


def _brief(error: Exception) -> str:
    return str(error).strip().splitlines()[-1]


def _breaking_part(version: str) -> tuple[int, ...]:
    """Return the part of a version that rises when something broke."""
    major, minor = (int(part) for part in version.split(".")[:2])
    return (major,) if major else (major, minor)


if __name__ == "__main__":
    sys.exit(main())
