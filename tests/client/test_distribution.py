"""The sdist and the wheel, as a user installs them."""

import re
import sys
import zipfile
from pathlib import Path

import pytest

from certifier_sandbox import Sandbox
from support import ROOT, run

CONSTRAINTS = ["--constraint", str(ROOT / "requirements/constraints.txt")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from it."""
    folder = tmp_path_factory.mktemp("dist")
    built = run(sys.executable, "-m", "build", "--outdir", str(folder))
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an empty environment and return its interpreter."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", str(folder))
    python = folder / "bin/python"
    installed = run(str(python), "-m", "pip", "install", "-qq", *CONSTRAINTS, str(wheel))
    assert installed.returncode == 0, installed.stderr
    return python


def test_the_wheel_has_the_three_packages_and_their_markers(wheel: Path) -> None:
    """No other package; each of them says that it is typed."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {
        "certifier_client",
        "certifier_generated",
        "certifier_sandbox",
    }
    for package in ("certifier_client", "certifier_generated", "certifier_sandbox"):
        assert f"{package}/py.typed" in names


def test_an_installation_brings_attrs_and_httpx_alone(python: Path) -> None:
    """What pip lists is those two, what httpx itself needs, and what a new environment has."""
    listed = run(str(python), "-m", "pip", "list", "--format=freeze").stdout
    names = {re.split("[ =@]", line)[0].lower().replace("_", "-") for line in listed.splitlines()}
    of_httpx = {"anyio", "certifi", "h11", "httpcore", "idna", "typing-extensions"}
    assert names - of_httpx - {"pip", "setuptools"} == {"attrs", "certifier-client", "httpx"}


def test_the_installed_package_updates_a_template(python: Path, sandbox: Sandbox) -> None:
    """The README's first example runs where nothing but the wheel is installed."""
    readme = (ROOT / "README.md").read_text()
    example = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)[0]
    shown = run(str(python), "-I", "-c", example)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("Financial Markets 20")
    assert len(sandbox.requests) == 1


def test_without_aiohttp_the_asynchronous_client_does_without(
    python: Path, sandbox: Sandbox
) -> None:
    """It sends through connections of its own, and `fast=True` says what to install."""
    call = "certifier_client.AsyncCertifier(**options).groups.update('01g90279gp5sbmfek7wymcsvec')"
    code = "import asyncio, certifier_client; options = {options}; print(asyncio.run({call}).name)"
    shown = run(str(python), "-I", "-c", code.format(options={}, call=call))
    assert (shown.stdout, shown.stderr) == ("Financial Markets\n", "")
    shown = run(str(python), "-I", "-c", code.format(options={"fast": True}, call=call))
    assert "InputError: fast=True needs another package: pip install 'certifier-client[fast]'" in (
        shown.stderr
    )


def test_a_socks_proxy_without_its_package_says_what_to_install(python: Path) -> None:
    """The client is refused at once, rather than at the first call."""
    client = "import certifier_client as c; c.Certifier(access_token='t', proxy='socks5://a')"
    shown = run(str(python), "-I", "-c", client)
    what_to_do = "a SOCKS proxy needs another package: pip install 'httpx[socks]'"
    assert what_to_do in shown.stderr


def test_the_command_without_its_extra_says_what_to_install(python: Path) -> None:
    """In one line, and no traceback."""
    shown = run(str(python.parent / "certifier-client"), "--help")
    what_to_do = "typer is missing: pip install 'certifier-client[cli]'\n"
    assert (shown.returncode, shown.stderr) == (1, what_to_do)


def test_the_sandbox_without_its_extra_says_what_to_install(python: Path) -> None:
    """The command is there, and the last line of its failure is what to do."""
    shown = run(str(python.parent / "certifier-sandbox"))
    assert shown.returncode == 1
    what_to_do = "starlette is missing: install certifier-client with its extra 'sandbox'"
    assert shown.stderr.splitlines()[-1] == f"ModuleNotFoundError: {what_to_do}"
