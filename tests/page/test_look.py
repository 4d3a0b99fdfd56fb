"""How the page looks, on a desk and on a phone, in light and dark; pictures are in build/page."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from certifier_client import Certifier, CertifierError, RetryPolicy
from certifier_sandbox import TEMPLATE_ID, Sandbox
from support import ROOT

AXE = (Path(sys.prefix) / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
PICTURES = ROOT / "build/page"
WIDTHS = {1440: 900, 390: 844}


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Any:
    """Provide each colour scheme that a system can prefer."""
    return request.param


@pytest.fixture(params=WIDTHS)
def look(
    request: pytest.FixtureRequest,
    scheme: Any,
    browser: Browser,
    certifier: Certifier,
    certifier_sandbox: Sandbox,
) -> Iterator[Page]:
    """Open the page after some traffic, with faults that wait."""
    once = certifier.with_options(retry=RetryPolicy(attempts=1), deadline=30)
    certifier_sandbox.seed(name="A template whose name is long enough for a second line")
    certifier_sandbox.inject(error="rate_limited", headers={"Retry-After": "2"})
    certifier_sandbox.inject(drop=True, times=2)  # the first costs no attempt
    for name in ("Spring", "Summer", "Autumn"):
        try:
            once.credential_templates.update(
                TEMPLATE_ID, name=f"{name} term", design_ids=["x" * 26]
            )
        except CertifierError:
            continue
    certifier_sandbox.inject(error="internal_server_error", times=2)
    certifier_sandbox.inject(status=503, headers={"Retry-After": "1"}, delay=0.5)
    page = browser.new_page(
        viewport={"width": request.param, "height": WIDTHS[request.param]}, color_scheme=scheme
    )
    page.set_default_timeout(30_000)
    page.goto(f"{certifier_sandbox.url}/_sandbox/")
    expect(page.locator("#requests > li")).to_have_count(len(certifier_sandbox.requests))
    yield page
    page.close()


def check(page: Page, name: str, scheme: str) -> None:
    """Take a picture; nothing is cut off or scrolls sideways, and axe has nothing to report."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.evaluate(AXE)
    found = page.evaluate("axe.run()")["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


def test_activity(look: Page, scheme: str) -> None:
    """All is open: a request, a template, the form."""
    check(look, "activity", scheme)
    look.locator("#requests summary").first.click()
    look.locator("#templates summary").first.click()
    look.get_by_text("Custom fault").click()
    expect(look.locator("#fault")).to_be_visible()
    check(look, "open", scheme)


def test_messages(look: Page, scheme: str) -> None:
    """A mistake, an outage."""
    look.get_by_label("into the next").fill("0")
    look.get_by_role("button", name="500").click()
    expect(look.locator("#mistake")).to_contain_text("times: 0")
    look.route("**/_sandbox/state", lambda route: route.abort())
    expect(look.locator("#trouble")).to_be_visible()
    check(look, "messages", scheme)


def test_confirmation(look: Page, scheme: str) -> None:
    """In front of the page."""
    look.get_by_role("button", name="Reset…").click()
    expect(look.get_by_role("dialog")).to_be_visible()
    check(look, "confirmation", scheme)


def test_reference(look: Page, scheme: str) -> None:
    """With a request that was tried out."""
    look.get_by_role("tab", name="API reference").click()
    reference = look.locator("#reference")
    reference.get_by_role("button", name="Try it out").click()
    reference.get_by_role("button", name="Execute").click()
    expect(reference.locator(".live-responses-table")).to_be_visible()
    check(look, "reference", scheme)


def test_each_id_is_on_one_line(look: Page) -> None:
    """In the list of templates, in that of requests, and among a template's designs."""
    look.locator("#templates summary").first.click()
    lines = look.locator("#templates code, #requests .id").evaluate_all(
        "nodes => nodes.map(node => node.getClientRects().length && node.offsetHeight)"
    )
    assert len(lines) > 4
    assert max(lines) <= 24
    cut_off = look.locator("#templates code, #requests .id").evaluate_all(
        "nodes => nodes.filter(node => node.scrollWidth > node.clientWidth + 1).length"
    )
    assert cut_off == 0


def test_it_follows_the_scheme_of_the_system(look: Page, scheme: str) -> None:
    """Dark is dark, in the reference too."""
    brightness = "node => getComputedStyle(node).backgroundColor.match(/\\d+/g).map(Number)[0]"
    assert (look.locator("body").evaluate(brightness) < 128) == (scheme == "dark")
    look.get_by_role("tab", name="API reference").click()
    expect(look.locator("#reference .info")).to_be_visible()
    inverted = look.locator("#reference").evaluate("node => getComputedStyle(node).filter")
    assert inverted.startswith("invert") == (scheme == "dark")
