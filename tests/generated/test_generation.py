"""`make generate` and `make check-generated`."""

import hashlib
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from support import ROOT, make

PACKAGE = ROOT / "generated/certifier_generated"
TEMPLATES = ROOT / "overrides/templates"


def contents(package: Path) -> dict[str, bytes]:
    """Return each file of a package, hidden ones included, except Python's caches."""
    return {
        str(path.relative_to(package)): path.read_bytes()
        for path in package.rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }


def test_the_committed_package_is_generated_byte_for_byte_from_any_folder(tmp_path: Path) -> None:
    """Another folder gives the same package, and nothing of an older one there is left."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package/stale.py").touch()
    made = make("generate", f"OUTPUT={tmp_path}/package", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert contents(tmp_path / "package") == contents(PACKAGE)


@pytest.mark.slow
def test_a_changed_package_is_noticed_and_the_fix_is_named(tmp_path: Path) -> None:
    """An edited file or an added file fails the check, which shows it and says what to run."""
    output = tmp_path / "package"
    shutil.copytree(PACKAGE, output)
    assert make("check-generated", f"OUTPUT={output}").returncode == 0
    (output / "added.py").touch()
    with (output / "types.py").open("a") as types:
        types.write("# edited\n")
    checked = make("check-generated", f"OUTPUT={output}")
    assert checked.returncode != 0
    assert "run 'make generate'" in checked.stderr
    assert f"Only in {output}: added.py" in checked.stdout
    assert "-# edited" in checked.stdout


@pytest.mark.slow
def test_a_generator_warning_fails_and_keeps_the_old_package(tmp_path: Path) -> None:
    """A const header parameter, which the generator does not support, is not silently dropped."""
    document = (ROOT / "openapi.yaml").read_text()
    broken = tmp_path / "broken.yaml"
    broken.write_text(document.replace('default: "2022-10-26"', 'const: "2022-10-26"'))
    output = tmp_path / "package"
    output.mkdir()
    (output / "old.py").touch()
    made = make("generate", f"SPEC={broken}", f"OUTPUT={output}")
    assert made.returncode != 0
    assert "WARNING" in made.stderr
    assert list(output.iterdir()) == [output / "old.py"]


def test_the_upstream_templates_that_ours_shadow_are_unchanged() -> None:
    """For each of our templates, upstream.sha256 has the hash of the one that it shadows.

    If this fails after an update of the generator, compare the new upstream template with ours,
    adopt its changes, and write the new hash.
    """
    upstream = files("openapi_python_client") / "templates"
    recorded = (TEMPLATES / "upstream.sha256").read_text().splitlines()
    actual = [
        f"{hashlib.sha256((upstream / template.name).read_bytes()).hexdigest()}  {template.name}"
        for template in sorted(TEMPLATES.glob("*.jinja"))
        if (upstream / template.name).is_file()
    ]
    assert recorded == actual
