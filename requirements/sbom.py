"""Write what an installation of the wheel brings, without extras, as a CycloneDX document.

`make sbom` writes requirements/sbom.cdx.json, which goes into the wheel. It is the same at each
run: releases are those of test.txt, and there are neither times nor addresses in it.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
UV = str(Path(sys.executable).with_name("uv"))


def installed(folder: Path) -> Path:
    """Install the project into an environment that holds nothing else; return its interpreter."""
    python = folder / "bin/python"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    install = [UV, "pip", "install", "--quiet", "--python", str(python)]
    releases = ["--constraint", str(ROOT / "requirements/test.txt")]
    subprocess.run([*install, *releases, str(ROOT)], check=True)
    return python


def document(python: Path) -> Any:
    """Return the document of an environment."""
    version = "import certifier_client; print(certifier_client.__version__)"
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"]
    command += ["--no-validate"]  # which takes longer than all else, and sees what it wrote itself
    command += ["--pyproject", str(ROOT / "pyproject.toml"), "--mc-type", "library", str(python)]
    made: Any = json.loads(subprocess.check_output(command), object_hook=without_addresses)
    told = subprocess.check_output([python, "-I", "-c", version], text=True).strip()
    # pyproject.toml leaves the version to version.py.
    made["metadata"]["component"] |= {
        "version": told,
        "purl": f"pkg:pypi/certifier-client@{told}",
    }
    return made


def without_addresses(value: dict[str, Any]) -> dict[str, Any]:
    """Leave out where each project has its pages: they change without a release."""
    return {key: inner for key, inner in value.items() if key != "externalReferences"}


def main() -> None:
    """Write to the path that is given."""
    with tempfile.TemporaryDirectory() as folder:
        made = document(installed(Path(folder)))
    Path(sys.argv[1]).write_text(json.dumps(made, indent=2) + "\n")


if __name__ == "__main__":
    main()
