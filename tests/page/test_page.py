"""The page at /_sandbox/ in a browser, while a client works."""

import pytest
from playwright.sync_api import Page, expect

from certifier_client import Certifier, InternalServerError, RetryPolicy
from certifier_sandbox import TEMPLATE_ID, Sandbox


def test_templates_and_requests_are_shown_as_they_happen(
    page: Page, certifier: Certifier, certifier_sandbox: Sandbox
) -> None:
    """Without a reload; a request opens to its headers, in which no token is, and stays open."""
    expect(page.locator("#templates")).to_contain_text("Financial Markets")
    template = certifier_sandbox.seed(name="Old", learning_event_url=None)
    row = page.locator("#templates tr", has_text=template.id)
    expect(row).to_contain_text("Old")
    certifier.credential_templates.update(template.id, name="New")
    expect(row).to_contain_text("New")
    request = page.locator("#requests tbody tr").first
    expect(request).to_contain_text(f'PATCH /v1/groups/{template.id}{{"name":"New"}}200')
    request.get_by_text("show").click()
    expect(request.locator("pre")).to_contain_text("authorization: Bearer <premium>")
    certifier.credential_templates.update(TEMPLATE_ID, name="Another")
    expect(page.locator("#requests tbody tr").first).to_contain_text("Another")
    expect(page.locator("#requests tbody tr").nth(1).locator("pre")).to_be_visible()


def test_a_person_injects_a_fault(page: Page, certifier: Certifier) -> None:
    """The next requests get it, with its headers and its body; the page counts those that wait."""
    page.get_by_label("Status").fill("500")
    page.get_by_label("How many requests").fill("2")
    page.get_by_label("Headers").fill("X-Trace: a:b\n")
    page.get_by_label("Body").fill('{"error": {"code": "internal_server_error", "message": "m"}}')
    page.get_by_role("button", name="Inject").click()
    expect(page.locator("#injected")).to_have_text("Injected.")
    expect(page.locator("#waiting")).to_have_text("faults waiting: 2")
    once = certifier.with_options(retry=RetryPolicy(attempts=1))
    with pytest.raises(InternalServerError) as raised:
        once.credential_templates.update(TEMPLATE_ID)
    assert (raised.value.headers["x-trace"], raised.value.message) == ("a:b", "m")
    expect(page.locator("#requests tbody tr").first).to_contain_text("500")
    expect(page.locator("#waiting")).to_have_text("faults waiting: 1")


def test_a_dropped_connection_is_shown_as_no_answer(page: Page, certifier: Certifier) -> None:
    """And the attempt that follows as another request."""
    page.get_by_label("drop the connection").check()
    page.get_by_role("button", name="Inject").click()
    expect(page.locator("#waiting")).to_have_text("faults waiting: 1")
    certifier.credential_templates.update(TEMPLATE_ID)
    expect(page.locator("#requests tbody tr").first).to_contain_text("200")
    dropped = page.locator("#requests tbody tr").nth(1)
    expect(dropped).to_contain_text("no response")
    expect(dropped).to_have_class("bad")


def test_a_mistake_is_reported_and_injects_nothing(page: Page) -> None:
    """In the sandbox's own words."""
    page.get_by_label("Headers").fill("Content-Length: 3")
    page.get_by_role("button", name="Inject").click()
    expect(page.locator("#injected")).to_contain_text("only the server sets content-length")
    expect(page.locator("#waiting")).to_have_text("faults waiting: 0")


def test_what_comes_from_outside_is_text(
    page: Page, certifier: Certifier, certifier_sandbox: Sandbox
) -> None:
    """HTML in a name, or in a body that was refused, is shown as it is and never run."""
    html = "<img src=x onerror=\"document.title='run'\">"
    template = certifier_sandbox.seed(name=html)
    certifier.credential_templates.update(template.id, name=html)
    expect(page.locator("#templates")).to_contain_text(html)
    expect(page.locator("#requests")).to_contain_text("<img src=x")
    assert page.locator("main img").count() == 0
    assert page.title() == "Certifier sandbox"


def test_the_reference_is_the_document_and_its_requests_reach_the_sandbox(
    page: Page, certifier_sandbox: Sandbox
) -> None:
    """Beside the page, with a token filled in: one can try the operation out."""
    reference = page.locator("#reference")
    expect(reference).to_contain_text("PATCH")
    expect(reference).to_contain_text("This is a naming update only")
    for status in ("400", "401", "402", "404", "429", "500"):
        expect(reference.locator(f'tr.response[data-code="{status}"]')).to_be_visible()
    reference.get_by_role("button", name="Try it out").click()
    reference.locator("textarea").first.fill('{"name": "Tried out"}')
    reference.get_by_role("button", name="Execute").click()
    expect(page.locator("#templates")).to_contain_text("Tried out")
    assert certifier_sandbox.templates[TEMPLATE_ID].name == "Tried out"
    expect(page.locator("#requests tbody tr").first).to_contain_text("200")


def test_everything_can_be_reset_by_a_person_who_means_it(
    page: Page, certifier: Certifier, certifier_sandbox: Sandbox
) -> None:
    """Only after a question."""
    certifier.credential_templates.update(TEMPLATE_ID, name="New")
    expect(page.locator("#templates")).to_contain_text("New")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Reset").click()
    assert certifier_sandbox.templates[TEMPLATE_ID].name == "New"
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("#templates")).not_to_contain_text("New")
    expect(page.locator("#requests tbody tr")).to_have_count(0)
