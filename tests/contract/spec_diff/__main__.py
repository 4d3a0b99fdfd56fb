"""Report which changes of openapi.yaml since a git revision break a client.

A request may widen, never narrow: what clients send must stay accepted. A response may narrow,
never widen: clients must know what they read. Schemas are compared by the values that they allow,
and everything else by its structure. A change that no rule covers counts as breaking.

Exit codes: 0 nothing breaks a client, 1 something does, 2 there was nothing to compare.
"""

import argparse
import json
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

sys.path.insert(0, str(Path(__file__).parents[2]))  # a script can only import from its own folder
from contract.spec_diff.schema_changes import NOTES
from contract.spec_diff.structure import compare

DOCUMENT = "openapi.yaml"


class DocumentError(Exception):
    """A document cannot be read; the message says which one, why, and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, print each change and a summary, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make spec-diff", description=__doc__)
    parser.add_argument("--base", required=True, metavar="REV", help="such as origin/main")
    base: str = parser.parse_args(arguments).base
    try:
        new = _read(_working(), DOCUMENT)
        old = _read(_committed(base), f"{DOCUMENT} at {base}")
    except DocumentError as error:
        sys.stderr.write(f"spec-diff: {error}\n")
        return 2
    changes = sorted(compare(old, new), key=lambda change: not change.breaks)
    for breaks, text in changes:
        sys.stdout.write(f"{'BREAKS' if breaks else 'fine':<8}{text}\n")
    breaking = sum(change.breaks for change in changes)
    fine = len(changes) - breaking
    sys.stdout.write(f"{DOCUMENT} since {base}: {breaking} breaking, {fine} fine\n")
    return int(breaking > 0)


def _working() -> bytes:
    try:
        return Path(DOCUMENT).read_bytes()
    except OSError as error:
        raise DocumentError(f"cannot read {DOCUMENT} ({error.strerror})") from None


def _committed(base: str) -> bytes:
    # Without a revision, git would show the staged file.
    command = ["git", "show", "--end-of-options", f"{base or '<none>'}:./{DOCUMENT}"]
    try:
        shown = subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        raise DocumentError(f"cannot run git ({error.strerror}): install it") from None
    if shown.returncode:
        said = _brief(shown.stderr.decode(errors="replace"))
        raise DocumentError(
            f"cannot read {DOCUMENT} at '{base}' ({said}): name a commit, branch or tag that has "
            "it, such as HEAD"
        )
    return shown.stdout


def _read(text: bytes, name: str) -> dict[str, Any]:
    document = parse(text, name)
    expanded = resolve(document, name)
    if problem := _problem(document):
        raise DocumentError(f"{name} is not valid OpenAPI: see 'make spec' ({_brief(problem)})")
    return expanded


class _Loader(yaml.SafeLoader):
    """YAML as OpenAPI means it: a time is a string."""


_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def parse(text: bytes | str, name: str) -> Any:
    """Return YAML as the data that it would be in JSON; errors mention the name."""
    try:
        # Through JSON, where a status is a string with or without quotes.
        return json.loads(json.dumps(yaml.load(text, _Loader)))  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, TypeError, ValueError, RecursionError) as error:
        raise DocumentError(f"{name} is not readable YAML: fix it ({_brief(error)})") from None


def resolve(document: Any, name: str) -> dict[str, Any]:
    """Return a document with its references replaced; errors mention the name.

    Raises DocumentError unless it is a self-contained OpenAPI 3.1 document.
    """
    if not isinstance(document, dict) or not str(document.get("openapi")).startswith("3.1."):
        raise DocumentError(f"{name} is not OpenAPI 3.1: name a document that is")
    try:
        expanded: dict[str, Any] = _expand(document, document, ())
    except (LookupError, TypeError, ValueError) as error:
        raise DocumentError(f"{name} has a broken reference: fix it ({_brief(error)})") from None
    return expanded


def _problem(document: Any) -> str | None:
    """Return the first problem that a validator finds; some broken documents crash it."""
    # Importing this takes two seconds if the packages for formats are installed.
    import openapi_spec_validator  # noqa: PLC0415

    try:
        for problem in openapi_spec_validator.OpenAPIV31SpecValidator(document).iter_errors():
            return str(problem.message).partition("\n")[0]
    except Exception as error:  # noqa: BLE001 - any exception means that the document is broken
        return f"the validator stopped at {error!r}"
    return None


def _brief(said: object) -> str:
    return textwrap.shorten(str(said), 200, placeholder=" …")


def _expand(node: Any, document: Any, trail: tuple[str, ...]) -> Any:
    """Replace references by their targets, except one that leads back to itself."""
    if isinstance(node, list):
        return [_expand(item, document, trail) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if not isinstance(reference, str) or reference in trail:
        return {key: _expand(value, document, trail) for key, value in node.items()}
    target = _expand(_target(reference, document), document, (*trail, reference))
    beside = {key: _expand(value, document, trail) for key, value in node.items() if key != "$ref"}
    if not beside:
        return target
    return target | beside if beside.keys() <= NOTES else {"allOf": [target, beside]}


def _target(reference: str, document: Any) -> Any:
    root, *steps = unquote(reference).split("/")
    if root != "#":
        raise ValueError(f"{reference} leads out of the document")
    for step in steps:
        key = step.replace("~1", "/").replace("~0", "~")
        document = document[int(key) if isinstance(document, list) else key]
    return document


if __name__ == "__main__":
    sys.exit(main())
