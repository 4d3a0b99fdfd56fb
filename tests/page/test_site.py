"""The documentation site in a browser, from a disk and without internet."""

from playwright.sync_api import Browser, expect

from support import ROOT, make


def test_a_word_is_found_without_a_server(browser: Browser) -> None:
    """The search leads to the page that has it, and nothing is asked of another machine."""
    assert make("docs").returncode == 0
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((ROOT / "build/site/index.html").as_uri())
    page.get_by_role("textbox", name="Search").fill("journal")
    expect(page.locator(".md-search-result__item").first).to_contain_text("journal")
    page.close()
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []
