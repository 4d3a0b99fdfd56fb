"""A real browser on the sandbox's page; see `make test-page`."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from certifier_sandbox import Sandbox

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
    """Open the page as a person does; no test may leave the sandbox or a complaint behind."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # What an answer of 400 and more brings about, a browser tells of by itself.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def sent(request: Request) -> None:
        if not request.url.startswith((f"{certifier_sandbox.url}/", "data:")):
            complaints.append(request.url)

    page = browser.new_page()
    page.set_default_timeout(5000)
    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", sent)
    page.goto(f"{certifier_sandbox.url}/_sandbox")
    yield page
    page.close()
    assert complaints == []
