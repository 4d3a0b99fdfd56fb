"""A real browser on the sandbox's page; see `make test-page`."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from certifier_sandbox import Sandbox

PATIENCE = 30_000  # milliseconds; a busy machine takes its time
expect.set_options(timeout=PATIENCE)

NAMES = ["chromium", "chromium-browser", "google-chrome"]
HOW = "on Debian, `apt-get install --no-install-recommends chromium` as root installs one"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the browser of this machine, without a way to any other."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.exit(f"none of {', '.join(NAMES)} is on the PATH: {HOW}", returncode=1)
    offline = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[offline])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, certifier_sandbox: Sandbox) -> Iterator[Page]:
    """Open the page; a test fails if it requests anything elsewhere, or logs an error."""
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # The browser itself logs each response of 400 or more.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def on_request(request: Request) -> None:
        if not request.url.startswith((f"{certifier_sandbox.url}/", "data:")):
            complaints.append(request.url)

    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE)
    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", on_request)
    page.goto(f"{certifier_sandbox.url}/_sandbox")
    expect(page.get_by_role("heading", name="Templates")).to_be_visible()
    yield page
    page.close()
    assert complaints == []
