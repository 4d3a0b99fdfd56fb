"""Compare the public Python interface with its snapshot, and the snapshot with the last release.

The snapshot, public.txt, is committed, so that a review shows each change of the interface, and so
is help.txt, the help of the commands. A line
that is gone or changed since the last release is a break, and so is a new required parameter. A
break needs a new minor version before 1.0, and a new major version after that.

Exit codes: 0 nothing to report; 1 the code differs from the snapshot, or something broke; 2 the
given revision has no snapshot.
"""

import argparse
import difflib
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # a script can only import from its own folder
from interface.help import help_of_commands
from interface.public import public

SNAPSHOT = "tests/interface/public.txt"
# A parameter without a default; in a new function it breaks nobody.
REQUIRED = re.compile(r"(?P<function>[\w.]+\()(_, )*(\*, )?\w+(: [^=]+)?(, /)?\)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, print the differences and breaks, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make interface", description=__doc__)
    parser.add_argument("--base", metavar="REV", help="what to compare with (the last tag v…)")
    parser.add_argument("--update", action="store_true", help="write the snapshot first")
    options = parser.parse_args(arguments)
    snapshot = Path(SNAPSHOT)
    lines = public(Path())
    if options.update:
        snapshot.write_text("\n".join(lines) + "\n")
        snapshot.with_name("help.txt").write_text(help_of_commands())
    differs = _differs(snapshot.read_text().splitlines(), lines)
    base: str | None = options.base or _last_release()
    if base is None:
        sys.stdout.write("no release yet (no tag v…) that the public interface could break\n")
        return int(differs)
    old = _git("show", f"{base}:./{SNAPSHOT}").splitlines()
    if not old:
        sys.stderr.write(f"interface: there is no {SNAPSHOT} at '{base}'\n")
        return 2
    return int(_breaks(old, lines, base) or differs)


def _differs(snapshot: list[str], lines: list[str]) -> bool:
    """Print how the code differs from the snapshot; return whether it does."""
    differences = [*difflib.unified_diff(snapshot, lines, n=0, lineterm="")][2:]
    if differences:
        differences.append(f"{SNAPSHOT} is not what the code has: run `make interface UPDATE=1`")
    sys.stdout.writelines(f"{line}\n" for line in differences)
    return bool(differences)


def _breaks(old: list[str], new: list[str], base: str) -> bool:
    """Print what broke, and return whether the version does not allow it."""
    broken = [*breaks(old, new)]
    allowed = bool(broken) and _breaking_part(old[0]) < _breaking_part(new[0])
    sys.stdout.writelines(f"BREAKS  {line}\n" for line in broken)
    said = f", which {new[0]} after {old[0]} may" if allowed else ""
    sys.stdout.write(f"the public interface since {base}: {len(broken)} breaking{said}\n")
    return bool(broken) and not allowed


def breaks(old: list[str], new: list[str]) -> Iterator[str]:
    """Yield what breaks a caller, given lines from `public`; the first line is the version."""
    defaults = {line.partition(" = ")[0] for line in new}
    for line in old[1:]:
        if line not in new and line.removesuffix(")") not in defaults:
            yield line
    functions = {line.partition("(")[0] + "(" for line in old}
    for line in new[1:]:
        required = REQUIRED.fullmatch(line)
        if required and line not in old and required["function"] in functions:
            yield line


def _last_release() -> str | None:
    """Return the last tag; a release is compared with the one before it."""
    changed = _git("status", "--porcelain", "--untracked-files=no")
    here = [] if changed else _git("tag", "--points-at", "HEAD").split()
    leaving_out = [f"--exclude={tag}" for tag in here]
    return _git("describe", "--tags", "--abbrev=0", "--match=v*", *leaving_out) or None


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _breaking_part(version: str) -> tuple[int, ...]:
    """Return the part of `version 1.2.3` that must change if something broke."""
    major, minor = (int(part) for part in version.split()[1].split(".")[:2])
    return (major,) if major else (major, minor)


if __name__ == "__main__":
    sys.exit(main())
