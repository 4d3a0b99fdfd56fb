"""The documentation site in a browser, from a disk and without internet."""

import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from support import ROOT, make

DOCS = ROOT / "docs"
PAGES = sorted(
    str(path.relative_to(DOCS).with_suffix(".html")).replace("README", "index")
    for path in DOCS.rglob("*.md")
)
# One of each kind; axe takes seconds for each.
KINDS = ["index", "guides/testing", "reference/http", "reference/sandbox", "performance"]
AXE = Path(sys.prefix) / "node_modules/axe-core/axe.min.js"
# The theme puts the button of each block of code into a `nav` without a name.
RULES = {"rules": {"landmark-unique": {"enabled": False}}}
CUT_OFF = """() => [
    document.documentElement,
    ...document.querySelectorAll("article :is(pre, code, table, img, .md-typeset__scrollwrap)"),
].filter(element => element.scrollWidth > element.clientWidth + 1
    || element.getBoundingClientRect().right > innerWidth
).map(element => element.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="session")
def site() -> Path:
    """Build the site."""
    built = make("docs")
    assert built.returncode == 0, built.stderr
    return ROOT / "build/site"


def window(browser: Browser, width: int, scheme: str) -> Page:
    """Open a window of a width, on a system that prefers light or dark."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    return page


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off(browser: Browser, site: Path, name: str) -> None:
    """Code wraps, comments too; tables and pictures fit; nothing scrolls sideways."""
    page = window(browser, 1440, "light")
    page.goto((site / name).as_uri())
    expect(page.locator("article h1")).to_be_visible()
    assert page.evaluate(CUT_OFF) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(CUT_OFF) == []
    page.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
@pytest.mark.parametrize("name", KINDS)
def test_axe_finds_nothing(
    browser: Browser, site: Path, name: str, width: int, scheme: str
) -> None:
    """Contrast, names, the order of headings: on a desk in the light, on a phone in the dark."""
    page = window(browser, width, scheme)
    page.goto((site / f"{name}.html").as_uri())
    expect(page.locator("body")).to_have_attribute(
        "data-md-color-scheme", "slate" if scheme == "dark" else "default"
    )
    page.add_script_tag(path=AXE)
    violations = page.evaluate("rules => axe.run(rules)", RULES)["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations] == []
    page.context.close()


def test_a_reader_switches_to_dark(browser: Browser, site: Path) -> None:
    """The other palette is one click away, and the logo leads home."""
    page = window(browser, 1440, "light")
    page.goto((site / "performance.html").as_uri())
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_title("Switch to dark mode").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.get_by_role("link", name="certifier-client").first.click()
    expect(page).to_have_url((site / "index.html").as_uri())
    page.context.close()


def test_a_word_is_found_without_a_server(browser: Browser, site: Path) -> None:
    """The search leads to what has it, and nothing is asked of another machine."""
    page = window(browser, 1440, "light")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "index.html").as_uri())
    page.get_by_role("button", name="Search").click()
    page.get_by_placeholder("Search").fill("journal")
    page.get_by_text("JournalError").first.click()
    found = (site / "reference/client.html").as_uri()
    expect(page).to_have_url(f"{found}#certifier_client.errors.JournalError")
    page.context.close()
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []
