"""The documentation site, as `make docs` builds it; `make test-page` opens it in a browser."""

import re
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

import certifier_client
import certifier_sandbox
from support import ROOT, documented_errors, load_document, make

DOCS = ROOT / "docs"
SITE = ROOT / "build/site"
SOURCES = sorted(DOCS.rglob("*.md"))
# Names whose meaning is their value.
CONSTANTS = {"UNSET", "__version__", "SandboxApp", *filter(str.isupper, certifier_sandbox.__all__)}
# What a page looks like where something was not rendered.
RAW = re.compile(
    r"\[OAD\(|^::: |--8<--|\{[{%]|^#+ |^\| ---|\]\(\S+\)|\[\]\[|Macro \w+ Error", re.MULTILINE
)


@pytest.fixture(scope="module", autouse=True)
def site() -> None:
    """Build it; a broken link or a reference to nothing fails."""
    built = make("docs")
    assert (built.returncode, built.stderr) == (0, ""), built.stderr
    kinds = {path.suffix for path in SITE.rglob("*") if path.is_file()}
    assert kinds <= {"", ".css", ".html", ".inv", ".js", ".json", ".map", ".png", ".svg", ".xml"}


@cache
def page(source: str) -> str:
    """Return the HTML that a file of docs/ became."""
    return (SITE / source.replace("README", "index")).with_suffix(".html").read_text()


def words(html: str) -> str:
    """Return what a reader sees, with single spaces."""
    return " ".join(unescape(re.sub("<[^>]+>", "", html)).split())


def article(html: str) -> str:
    """Return the part of a page that is its own."""
    return html.partition("<article")[2].partition("</article>")[0]


def included(text: str) -> str:
    """Return the text of a page with the sections of other files that it includes."""

    def section(found: re.Match[str]) -> str:
        text = (ROOT / found[1]).read_text()
        return text.partition(f"[start:{found[2]}] -->")[2].partition("<!-- --8<-- [end:")[0]

    return re.sub(r'--8<-- "([^:]+):(\w+)"', section, text)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(DOCS)))
def test_a_page_has_what_its_source_has(source: Path) -> None:
    """Each heading, block of code and table; and nothing that was left unrendered."""
    text, html = included(source.read_text()), article(page(str(source.relative_to(DOCS))))
    prose = re.sub(r"<(pre|code)\b.*?</\1>", "", html, flags=re.DOTALL)
    assert RAW.findall(unescape(re.sub("<[^>]+>", "", prose))) == []
    shown = words(html)
    blocks = re.findall(r"^```.*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    for block in blocks:
        assert " ".join(block.split()) in shown
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        assert re.search(rf"<h\d[^>]*>\s*{re.escape(heading.replace('`', ''))}\s*<a", html), heading
    assert html.count("<table") >= len(re.findall(r"^\|[ :|-]+\|$", text, re.MULTILINE))


def test_each_link_has_a_target() -> None:
    """Each link, image, script and entry of the navigation is there, and so is its anchor."""
    pages = {path: path.read_text() for path in SITE.rglob("*.html") if path.name != "404.html"}
    assert len(pages) == len(SOURCES)
    anchors = {
        path: set(re.findall(r'\b(?:id|name)="?([^\s">]+)', html)) for path, html in pages.items()
    }
    for path, html in pages.items():
        for link in re.findall(r'\b(?:href|src)="([^"]*)"', html):
            address, _, anchor = unescape(link).partition("#")
            if re.match(r"\w+:", address):
                continue
            target = (path.parent / unquote(address)).resolve() if address else path
            assert target.is_file(), (path, link)
            assert not anchor or anchor in anchors[target], (path, link)


def test_no_page_loads_anything_from_elsewhere() -> None:
    """It can be read without internet; only what a person clicks on leads away."""
    for path in SITE.rglob("*.html"):
        for tag in re.findall(r"<(?:script|link|img|iframe)\b[^>]*>", path.read_text()):
            address = re.search(r"(?:src|href)=\"?([^\" >]*)", tag)
            assert not address or "//" not in address[1], (path, tag)


def test_each_public_name_has_its_place() -> None:
    """With its docstring, in the reference; an example is code."""
    shown = page("reference/client.md") + page("reference/sandbox.md")
    anchors = set(re.findall(r'id="certifier_(?:client|sandbox)[\w.]*\.(\w+)"', shown))
    public = {*certifier_client.__all__, *certifier_sandbox.__all__} - CONSTANTS
    assert public - anchors == set()
    assert {"certifier_sandbox", "certifier", "update_many", "with_options"} <= anchors
    assert "<blockquote>" not in shown


def test_the_http_page_has_every_description_of_the_document() -> None:
    """Descriptions, statuses, error codes, schemas, fields; and it has a table of contents."""
    html, document = page("reference/http.md"), load_document()
    shown = words(article(html))
    for description in _descriptions(document):
        assert words(description) in shown
    contents = set(re.findall(r'<a href="#([^"]+)" class="md-nav__link"', html))
    [(path, operations)] = document["paths"].items()
    assert f"PATCH {path}" in shown
    for status, response in operations["patch"]["responses"].items():
        assert f"{status}-{response['description'].lower().replace(' ', '-')}" in contents
    for error in documented_errors():
        assert f'"code": "{error.code}", "message": "{error.message}"' in shown
    for name, schema in document["components"]["schemas"].items():
        assert name.lower() in contents
        for field in [*schema.get("properties", []), *schema.get("enum", [])]:
            assert f"<code>{field}</code>" in html


def _descriptions(value: Any) -> list[str]:
    """Return each description below a value, apart from those of the document and of its tags."""
    if isinstance(value, list):
        return [found for each in value for found in _descriptions(each)]
    if not isinstance(value, dict):
        return []
    own = [value["description"]] if isinstance(value.get("description"), str) else []
    return own + [
        found
        for key, each in value.items()
        if key not in {"info", "tags"}
        for found in _descriptions(each)
    ]


def test_the_picture_shows_the_figures_of_its_page() -> None:
    """Each row of the two main tables is a bar with its ratio."""
    picture = (DOCS / "performance.svg").read_text()
    text = (DOCS / "performance.md").read_text()
    for title in ("One call after another, synchronous", "50 calls at a time, asynchronous"):
        [table] = re.findall(rf"^## {title}\n\n(.*?)\n\n", text, re.MULTILINE | re.DOTALL)
        for row in table.splitlines()[2:]:
            name, _, _, ratio, _ = row.strip("| ").split(" | ")
            assert re.search(
                rf">{re.escape(name)}</text><text [^>]*>{float(ratio):.2f}<", picture
            ), row
