"""The sdist and the wheel, installed as by a user."""

import fcntl
import json
import os
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from certifier_sandbox import Sandbox
from sandboxed import sandbox
from support import ROOT, make, run

__all__ = ["sandbox"]

UV = str(Path(sys.executable).with_name("uv"))
RELEASES = str(ROOT / "requirements/test.txt")


def once(factory: pytest.TempPathFactory, name: str, fill: Callable[[Path], object]) -> Path:
    """Return a folder that one worker process has filled for all of them."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with (shared / f"{name}.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not lock.seek(0, os.SEEK_END):
            fill(shared / name)
            lock.write("filled")
    return shared / name


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and from it the wheel, and check them as a release does."""

    def fill(folder: Path) -> None:
        built = make("dist", f"DIST={folder}")
        assert built.returncode == 0, built.stdout + built.stderr

    return once(tmp_path_factory, "dist", fill)


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    """Return the wheel."""
    (wheel,) = dist.glob("*.whl")
    return wheel


def metadata(wheel: Path) -> tuple[str, str]:
    """Return the metadata fields and the description that a package index reads."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        fields, _, page = archive.read(name).decode().partition("\n\n")
    return fields, page


def environment(folder: Path, *requirements: str) -> Path:
    """Install packages into an empty environment and return its interpreter."""
    python = folder / "bin/python"
    for command in (
        ["venv", "--python", sys.executable, str(folder)],
        ["pip", "install", "--python", str(python), "--constraint", RELEASES, *requirements],
    ):
        ran = run(UV, *command)
        assert ran.returncode == 0, ran.stderr
    return python


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment that has only the wheel."""
    folder = once(tmp_path_factory, "environment", lambda path: environment(path, str(wheel)))
    return folder / "bin/python"


def test_the_same_commit_gives_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    """Neither folder, permissions nor time change the sdist or the wheel."""
    files = run("git", "ls-files", "--cached", "--others", "--exclude-standard").stdout.split("\n")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            copied = tmp_path / "elsewhere" / name
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes((ROOT / name).read_bytes())
            copied.chmod(0o700 if (ROOT / name).stat().st_mode & 0o100 else 0o600)
            os.utime(copied, (1e9, 1e9))
    built = run(
        "bash", "-c", 'umask 077; "$0" -m build --no-isolation --outdir again', sys.executable,
        cwd=tmp_path / "elsewhere",
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    for first in dist.iterdir():
        assert first.read_bytes() == (tmp_path / "elsewhere/again" / first.name).read_bytes()
    assert len([*dist.iterdir()]) == 2


def test_the_wheel_lists_its_dependencies(wheel: Path, tmp_path: Path) -> None:
    """Its SBOM, in CycloneDX, is what `make sbom` writes."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if ".dist-info/sboms/" in name]
        stored = json.loads(archive.read(name))
    assert stored["bomFormat"] == "CycloneDX"
    again = tmp_path / "sbom.cdx.json"
    made = run(sys.executable, str(ROOT / "requirements/sbom.py"), str(again))
    assert made.returncode == 0, made.stderr
    fresh = json.loads(again.read_text())
    if sys.version_info >= (3, 13):  # there anyio does not need typing_extensions
        stored, fresh = [
            [part for part in document["components"] if part["name"] != "typing_extensions"]
            for document in (stored, fresh)
        ]
    assert fresh == stored, "run `make sbom`"


def test_a_new_user_can_test_code_with_the_wheel(wheel: Path, tmp_path: Path) -> None:
    """The guide's tests pass with the extra `sandbox` and what they import, and the page is served."""
    python = environment(
        tmp_path / "environment",
        f"certifier-client[sandbox] @ {wheel.as_uri()}",
        "pytest",
        "pytest-httpx",
        "respx",
    )
    guide = (ROOT / "docs/guides/testing.md").read_text()
    files = re.findall(r'^```python title="([^"]+)"\n(.*?)^```', guide, re.DOTALL | re.MULTILINE)
    page = """
def test_page(certifier_sandbox):
    import httpx
    for path in ("", "static/page.js", "swagger-ui/swagger-ui-bundle.js"):
        assert httpx.get(f"{certifier_sandbox.url}/_sandbox/{path}").status_code == 200
    assert "PATCH" in httpx.get(f"{certifier_sandbox.url}/_sandbox/openapi.yaml").text.upper()
"""
    for name, content in [*files, ("test_page.py", page)]:
        (tmp_path / name).write_text(content)
    tested = run(str(python), "-I", "-m", "pytest", "-q", "-W", "error", cwd=tmp_path)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "13 passed" in tested.stdout


def test_the_wheel_has_the_three_packages_and_their_markers(wheel: Path) -> None:
    """There is no other package, and each has a py.typed."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {
        "certifier_client",
        "certifier_generated",
        "certifier_sandbox",
    }
    for package in ("certifier_client", "certifier_generated", "certifier_sandbox"):
        assert f"{package}/py.typed" in names


def test_each_link_works_on_a_package_index(wheel: Path) -> None:
    """Relative links of README.md become links to this release; everything else is unchanged."""
    fields, readme = metadata(wheel)
    urls = dict(re.findall(r"^Project-URL: (\w+), (.*)$", fields, re.MULTILINE))
    release = f"{urls['Source']}/blob/v{re.findall('^Version: (.*)$', fields, re.MULTILINE)[0]}/"
    assert readme.replace(release, "") == (ROOT / "README.md").read_text()
    links = re.findall(r"\]\(([^)]*)\)", readme)
    assert links
    for link in [*links, *urls.values()]:
        assert link.startswith("https://"), link
        inside = re.fullmatch(rf"{urls['Source']}/blob/[^/]+/([^#]+)", link)
        assert inside is None or (ROOT / inside[1]).exists(), link
    assert all(url.startswith(urls["Source"]) for url in urls.values())


def test_each_python_that_the_classifiers_name_is_tested(wheel: Path) -> None:
    """The workflow has a job for each of them, and no other."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())
    jobs = workflow["jobs"]["test"]["strategy"]["matrix"]["include"]
    named = re.findall(r"^Classifier: .*:: (3\.\d+)$", metadata(wheel)[0], re.MULTILINE)
    assert {job["python"] for job in jobs} == {*named}


def test_an_installation_brings_only_attrs_httpx_and_h11(python: Path) -> None:
    """pip lists these, what httpx needs, and what every new environment has."""
    listed = run(UV, "pip", "list", "--python", str(python), "--format=freeze").stdout
    names = {re.split("[ =@]", line)[0].lower().replace("_", "-") for line in listed.splitlines()}
    of_httpx = {"anyio", "certifi", "h11", "httpcore", "idna", "typing-extensions"}
    assert names - of_httpx == {"attrs", "certifier-client", "httpx"}


def test_the_installed_package_updates_a_template(python: Path, sandbox: Sandbox) -> None:
    """The README's first example runs with only the wheel installed."""
    readme = (ROOT / "README.md").read_text()
    example = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)[0]
    shown = run(str(python), "-I", "-c", example)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("Financial Markets 20")
    assert len(sandbox.requests) == 1


def test_a_socks_proxy_without_its_package_says_what_to_install(python: Path) -> None:
    """The constructor raises, rather than the first call."""
    client = "import certifier_client as c; c.Certifier(access_token='t', proxy='socks5://a')"
    shown = run(str(python), "-I", "-c", client)
    what_to_do = "a SOCKS proxy needs another package: pip install 'httpx[socks]'"
    assert what_to_do in shown.stderr


def test_the_command_without_its_extra_says_what_to_install(python: Path) -> None:
    """It is one line, without a traceback."""
    shown = run(str(python.parent / "certifier-client"), "--help")
    what_to_do = "typer is missing: pip install 'certifier-client[cli]'\n"
    assert (shown.returncode, shown.stderr) == (1, what_to_do)


def test_the_sandbox_without_its_extra_says_what_to_install(python: Path) -> None:
    """The last line of the failure says what to do."""
    shown = run(str(python.parent / "certifier-sandbox"))
    assert shown.returncode == 1
    what_to_do = "starlette is missing: pip install 'certifier-client[sandbox]'"
    assert shown.stderr.splitlines()[-1] == f"ModuleNotFoundError: {what_to_do}"
