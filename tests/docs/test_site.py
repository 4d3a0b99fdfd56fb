"""The documentation site, as `make docs` builds it."""

import re
from pathlib import Path

import pytest

import certifier_client
import certifier_sandbox
from support import ROOT, load_document, make

# Names whose meaning is their value.
CONSTANTS = {"UNSET", "__version__", "SandboxApp", *filter(str.isupper, certifier_sandbox.__all__)}


@pytest.fixture(scope="module")
def site() -> Path:
    """Build it; a broken link or a reference to nothing fails."""
    built = make("docs")
    assert (built.returncode, built.stderr) == (0, ""), built.stderr
    return ROOT / "build/site"


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    """It can be read without internet; only what a person clicks on leads away."""
    pages = [*site.rglob("*.html")]
    assert len(pages) > 10
    for page in pages:
        for tag in re.findall(r"<(?:script|link|img|iframe)\b[^>]*>", page.read_text()):
            address = re.search(r"(?:src|href)=\"?([^\" >]*)", tag)
            assert not address or "//" not in address[1], (page, tag)


def test_each_public_name_has_its_place(site: Path) -> None:
    """With its docstring, in the reference."""
    shown = "".join((site / f"reference/{page}.html").read_text() for page in ("client", "sandbox"))
    anchors = set(re.findall(r'id="certifier_(?:client|sandbox)[\w.]*\.(\w+)"', shown))
    public = {*certifier_client.__all__, *certifier_sandbox.__all__} - CONSTANTS
    assert public - anchors == set()
    assert {"certifier_sandbox", "certifier", "update_many", "with_options"} <= anchors


def test_the_operation_is_as_in_the_document(site: Path) -> None:
    """Path, statuses, codes and the vendor's sentences are those of openapi.yaml."""
    shown = re.sub("<[^>]+>", "", (site / "reference/http.html").read_text())
    [(path, operations)] = load_document()["paths"].items()
    assert f"PATCH {path}" in shown
    for status, response in operations["patch"]["responses"].items():
        assert f"{status} {response['description']}" in shown
    assert "Do not send both designIds and the legacy fields" in shown
    assert "rate_limited" in shown
