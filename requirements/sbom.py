"""Write the dependencies of the wheel, without extras, as a CycloneDX document.

`make sbom` writes requirements/sbom.cdx.json, which goes into the wheel. Every run gives the same
file: it has the releases in test.txt, and neither times nor URLs.
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
    """Install the project into an empty environment; return its interpreter."""
    python = folder / "bin/python"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    install = [UV, "pip", "install", "--quiet", "--python", str(python)]
    releases = ["--constraint", str(ROOT / "requirements/test.txt")]
    subprocess.run([*install, *releases, str(ROOT)], check=True)
    return python


def document(python: Path) -> Any:
    """Return the SBOM of an environment."""
    program = "import certifier_client; print(certifier_client.__version__)"
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"]
    command += ["--no-validate"]  # which takes longest, and checks only what it wrote itself
    command += ["--pyproject", str(ROOT / "pyproject.toml"), "--mc-type", "library", str(python)]
    made: Any = json.loads(subprocess.check_output(command), object_hook=without_addresses)
    version = subprocess.check_output([python, "-I", "-c", program], text=True).strip()
    # The version is in version.py, not in pyproject.toml.
    made["metadata"]["component"] |= {
        "version": version,
        "purl": f"pkg:pypi/certifier-client@{version}",
    }
    return made


def without_addresses(value: dict[str, Any]) -> dict[str, Any]:
    """Remove the URLs of each project, which change without a release."""
    return {key: inner for key, inner in value.items() if key != "externalReferences"}


def main() -> None:
    """Write the SBOM to a path."""
    with tempfile.TemporaryDirectory() as folder:
        made = document(installed(Path(folder)))
    Path(sys.argv[1]).write_text(json.dumps(made, indent=2) + "\n")


if __name__ == "__main__":
    main()
