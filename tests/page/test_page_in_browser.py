"""The page at /_sandbox/ in a browser, while a client works."""

import re

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from certifier_client import (
    Certifier,
    CertifierError,
    InternalServerError,
    PaymentRequiredError,
    RateLimitedError,
    RetryPolicy,
    TransportError,
)
from certifier_sandbox import TEMPLATE_ID, Sandbox


@pytest.fixture
def once(certifier: Certifier) -> Certifier:
    """Provide a client that does not retry."""
    return certifier.with_options(retry=RetryPolicy(attempts=1), deadline=30)


def requests(page: Page) -> Locator:
    """Find the requests that the page shows, the latest first."""
    return page.locator("#requests > li")


def up_next(page: Page) -> Locator:
    """Find the faults that wait for a request."""
    return page.locator("#waiting > li")


def test_requests_appear_as_they_happen(page: Page, certifier: Certifier) -> None:
    """The latest is on top, with its method, id, body and status."""
    expect(page.locator("#none")).to_be_visible()
    certifier.credential_templates.update(TEMPLATE_ID, name="First")
    expect(requests(page)).to_have_count(1)
    expect(page.locator("#none")).to_be_hidden()
    with pytest.raises(CertifierError):
        certifier.credential_templates.update("01g90279gp5sbmfek7wymc0000", name="Second")
    expect(requests(page)).to_have_count(2)
    expected = [
        f'PATCH{template_id}{{"name":"{name}"}}{status}'
        for template_id, name, status in (
            ("01g90279gp5sbmfek7wymc0000", "Second", 404),
            (TEMPLATE_ID, "First", 200),
        )
    ]
    summaries = requests(page).locator("summary")
    expect(summaries).to_have_text([re.compile(re.escape(text)) for text in expected])


def test_a_screen_reader_announces_the_latest_request(page: Page, certifier: Certifier) -> None:
    """Only what happened since the page was opened."""
    certifier.credential_templates.update(TEMPLATE_ID, name="New")
    status = page.locator("main").get_by_role("status")
    expect(status).to_have_text(f"PATCH {TEMPLATE_ID}: 200")
    page.reload()
    expect(requests(page)).to_have_count(1)
    expect(status).to_have_text("")


def test_a_request_opens_and_stays_open(page: Page, certifier: Certifier) -> None:
    """It shows path, time, body and headers without the token; focus stays when another comes."""
    certifier.credential_templates.update(TEMPLATE_ID, name="New")
    page.locator("#requests summary").focus()
    page.keyboard.press("Enter")
    details = requests(page).last.locator("dl")
    expect(details).to_contain_text(f"PATCH /v1/groups/{TEMPLATE_ID}")
    expect(details).to_contain_text('"name": "New"')
    expect(details).to_contain_text("authorization: Bearer <premium>")
    certifier.credential_templates.update(TEMPLATE_ID, name="Newer")
    expect(requests(page)).to_have_count(2)
    expect(details).to_be_visible()
    expect(requests(page).last.locator("summary")).to_be_focused()


def test_a_request_is_shown_before_its_response(
    page: Page, certifier: Certifier, certifier_sandbox: Sandbox
) -> None:
    """The status follows in the same row, whether or not it is open."""
    certifier_sandbox.inject(delay=3600)
    with pytest.raises(CertifierError):
        certifier.with_options(
            deadline=0.2, retry=RetryPolicy(attempts=1)
        ).credential_templates.update(TEMPLATE_ID)
    row = requests(page)
    expect(row).to_contain_text("injected 3600 s delay")
    row.locator("summary").click()
    expect(row.locator("summary strong")).to_have_text("no response")
    [entry] = certifier_sandbox.requests
    certifier_sandbox._state.log.set_status(entry, 200)
    expect(row.locator("summary strong")).to_have_text("200")
    expect(row.locator("dl")).to_be_visible()


def test_many_requests_do_not_bury_the_page(page: Page, certifier: Certifier) -> None:
    """It shows the latest 25; a button shows all, and the focus moves to the first that is new."""
    for number in range(27):
        certifier.credential_templates.update(TEMPLATE_ID, name=f"Name {number}")
    expect(page.locator("#count")).to_have_text("27")
    expect(requests(page)).to_have_count(25)
    expect(requests(page).first).to_contain_text("Name 26")
    page.get_by_role("button", name="Show all 27 requests").press("Enter")
    expect(requests(page)).to_have_count(27)
    expect(requests(page).nth(25).locator("summary")).to_be_focused()


def test_the_requests_can_be_cleared(
    page: Page, certifier: Certifier, certifier_sandbox: Sandbox
) -> None:
    """The templates stay as they are."""
    certifier.credential_templates.update(TEMPLATE_ID, name="New")
    expect(requests(page)).to_have_count(1)
    page.get_by_role("button", name="Clear").click()
    expect(requests(page)).to_have_count(0)
    assert certifier_sandbox.requests == []
    assert certifier_sandbox.templates[TEMPLATE_ID].name == "New"


@pytest.mark.parametrize(
    ("button", "shown", "raised"),
    [
        ("429 Retry-After: 2", "injected rate_limited · Retry-After: 2429", RateLimitedError),
        ("500", "injected internal_server_error500", InternalServerError),
        ("402", "injected payment_required402", PaymentRequiredError),
        ("Dropped", "injected dropped connectiondropped", TransportError),
    ],
)
def test_one_click_injects_a_fault(
    page: Page, once: Certifier, button: str, shown: str, raised: type[CertifierError]
) -> None:
    """The next request gets it, and its row says so."""
    page.get_by_role("button", name=button).click()
    expect(up_next(page)).to_have_count(1)
    with pytest.raises(raised) as error:
        once.credential_templates.update(TEMPLATE_ID)
    assert getattr(error.value, "retry_after", None) == (2 if raised is RateLimitedError else None)
    expect(requests(page).locator("summary")).to_contain_text(shown)
    expect(page.locator("#queue")).to_be_hidden()


def test_one_click_makes_the_next_response_slow(page: Page, certifier_sandbox: Sandbox) -> None:
    """By five seconds, after which the sandbox responds as usual."""
    page.get_by_role("button", name="Slow 5 s").click()
    expect(up_next(page)).to_have_text(["5 s delay"])
    assert certifier_sandbox._state.injections.summaries == [{"delay": 5}]


def test_a_fault_applies_to_the_requested_number_of_requests(page: Page, once: Certifier) -> None:
    """The page shows what is up next, and a button removes it."""
    page.get_by_label("into the next").fill("3")
    page.get_by_role("button", name="500").click()
    expect(up_next(page)).to_have_text(["internal_server_error (3 times)"])
    page.get_by_label("into the next").fill("1")
    page.get_by_role("button", name="Dropped").click()
    expect(up_next(page)).to_have_text(["internal_server_error (3 times)", "dropped connection"])
    with pytest.raises(InternalServerError):
        once.credential_templates.update(TEMPLATE_ID)
    expect(up_next(page)).to_have_text(["internal_server_error (2 times)", "dropped connection"])
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#queue")).to_be_hidden()
    once.credential_templates.update(TEMPLATE_ID)


def test_the_form_injects_any_response(page: Page, once: Certifier) -> None:
    """With a status, headers and a body of one's own."""
    page.get_by_text("Custom fault").click()
    page.get_by_label("Status").fill("500")
    page.get_by_label("Headers").fill("X-Trace: a:b\nX-Other: c\n")
    page.get_by_label("Body").fill('{"error": {"code": "internal_server_error", "message": "m"}}')
    page.get_by_role("button", name="Inject").click()
    expect(up_next(page)).to_have_text(["500 · X-Trace: a:b · X-Other: c"])
    with pytest.raises(InternalServerError) as raised:
        once.credential_templates.update(TEMPLATE_ID)
    assert (raised.value.headers["x-trace"], raised.value.message) == ("a:b", "m")


def test_the_form_injects_a_text(page: Page, once: Certifier) -> None:
    """A body that is not JSON is sent unchanged."""
    page.get_by_text("Custom fault").click()
    page.get_by_label("Body").fill("<html>Bad gateway")
    page.get_by_role("button", name="Inject").click()
    expect(up_next(page)).to_have_text(["503"])
    with pytest.raises(CertifierError) as raised:
        once.credential_templates.update(TEMPLATE_ID)
    assert "<html>Bad gateway" in str(raised.value)


def test_the_form_drops_connections_and_delays_requests(page: Page) -> None:
    """A dropped connection has no response to describe; without a status, it only delays."""
    page.get_by_text("Custom fault").click()
    page.get_by_label("Delay in seconds").fill("0.5")
    page.get_by_label("Drop the connection").check()
    for field in ("Status", "Headers", "Body"):
        expect(page.get_by_label(field)).to_be_disabled()
    page.get_by_role("button", name="Inject").click()
    expect(up_next(page)).to_have_text(["dropped connection · 0.5 s delay"])
    page.get_by_label("Drop the connection").uncheck()
    page.get_by_label("Status").fill("")
    page.get_by_role("button", name="Inject").click()
    expect(up_next(page)).to_have_text(["dropped connection · 0.5 s delay", "0.5 s delay"])


def test_a_mistake_is_reported_until_it_is_corrected(page: Page) -> None:
    """In the sandbox's words, and nothing is injected."""
    page.get_by_text("Custom fault").click()
    page.get_by_label("Headers").fill("Content-Length: 3")
    page.get_by_role("button", name="Inject").click()
    mistake = page.locator(".requests").get_by_role("alert")
    expect(mistake).to_contain_text("only the server sets content-length")
    expect(page.locator("#queue")).to_be_hidden()
    page.get_by_label("Headers").fill("Retry-After: 3")
    page.get_by_role("button", name="Inject").click()
    expect(up_next(page)).to_have_count(1)
    expect(mistake).to_be_hidden()


def test_templates_follow_updates(
    page: Page, certifier: Certifier, certifier_sandbox: Sandbox
) -> None:
    """A new template appears, and a changed one stays open while it changes."""
    template = certifier_sandbox.seed(name="Old", learning_event_url=None)
    card = page.locator("#templates > li", has_text=template.id)
    expect(card).to_contain_text("Old")
    expect(card).to_contain_text("premium")
    card.get_by_text("Fields").click()
    designs = ["01fpwtztwf7sacca5r0c483mnm"]
    certifier.credential_templates.update(template.id, name="New", design_ids=designs)
    expect(card).to_contain_text("New")
    expect(card.locator("dl")).to_contain_text(f"noneDesigns{designs[0]}Created")


def test_an_id_is_copied_with_one_click(page: Page) -> None:
    """The button says so for a moment, to the eye and to a screen reader."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name=f"Copy {TEMPLATE_ID}").click()
    expect(page.locator("#templates button").first).to_have_text("Copied")
    expect(page.locator("main").get_by_role("status")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == TEMPLATE_ID


def test_an_id_is_selected_where_the_clipboard_is_denied(page: Page) -> None:
    """As on a page from another machine, without TLS."""
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject() }")
    page.get_by_role("button", name=f"Copy {TEMPLATE_ID}").click()
    expect(page.locator("main").get_by_role("status")).to_have_text(
        "Selected, to be copied by hand."
    )
    assert page.evaluate("getSelection().toString()") == TEMPLATE_ID


def test_the_page_says_how_to_connect_a_client(page: Page, certifier_sandbox: Sandbox) -> None:
    """By the URL and the token of each organization."""
    connect = page.locator("#connect code")
    expect(connect.first).to_have_text(certifier_sandbox.url)
    expect(connect).to_have_count(4)
    expect(connect.nth(1)).to_have_text(certifier_sandbox.token)


def test_times_are_short_and_their_tooltip_is_exact(
    page: Page, certifier: Certifier, certifier_sandbox: Sandbox
) -> None:
    """Today's have no date, others no time of the day."""
    certifier.credential_templates.update(TEMPLATE_ID, name="New")
    [entry] = certifier_sandbox.requests
    time = requests(page).locator("summary time")
    expect(time).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    expect(time).to_have_attribute("title", entry.time)
    page.locator("#templates summary").first.click()
    created = page.locator("#templates time").first
    expect(created).to_have_text(re.compile(r"^(31 Dec 2021|1 Jan 2022)$"))
    expect(created).to_have_attribute("title", "2022-01-01T00:00:00.000Z")


def test_clock_and_rate_limit_are_shown(page: Page, certifier_sandbox: Sandbox) -> None:
    """As they are now."""
    expect(page.locator("#limit")).to_have_text("none")
    certifier_sandbox.limit(3, seconds=60)
    certifier_sandbox.clock.advance(86400 * 365)
    expect(page.locator("#limit")).to_have_text("3 in 60 s")
    expect(page.locator("#clock")).to_have_text(re.compile(r"^\d{1,2} \w{3} \d{4}$"))


def test_everything_is_reset_after_a_confirmation(
    page: Page, certifier: Certifier, certifier_sandbox: Sandbox
) -> None:
    """Neither Cancel nor the Escape key resets, and the focus returns to the button."""
    resets: list[str] = []
    page.on("request", lambda request: resets.append(request.url) if is_reset(request) else None)
    certifier.credential_templates.update(TEMPLATE_ID, name="New")
    expect(page.locator("#templates")).to_contain_text("New")
    button = page.get_by_role("button", name="Reset…")
    dialog = page.get_by_role("dialog", name="Reset the sandbox?")

    def cancel(key: str) -> None:
        button.click()
        expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
        page.keyboard.press(key)
        expect(dialog).to_be_hidden()
        expect(button).to_be_focused()
        page.wait_for_event("request")  # the next look at the state, after any reset

    cancel("Escape")
    cancel("Enter")
    assert resets == []
    button.click()
    dialog.get_by_role("button", name="Reset everything").click()
    expect(page.locator("#templates")).not_to_contain_text("New")
    expect(requests(page)).to_have_count(0)
    assert certifier_sandbox.templates[TEMPLATE_ID].name == "Financial Markets"
    cancel("Escape")
    assert len(resets) == 1


def is_reset(request: Request) -> bool:
    """Say whether a request resets the sandbox."""
    return request.url.endswith("/_sandbox/reset")


def test_an_outage_of_the_sandbox_is_shown_until_it_ends(page: Page) -> None:
    """By a message that says what to check."""
    alert = page.locator("header").get_by_role("alert")
    page.route("**/_sandbox/*", lambda route: route.abort())
    expect(alert).to_contain_text("The sandbox does not respond")
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="500").click()
    expect(page.locator("#mistake")).to_be_visible()
    page.unroute("**/_sandbox/*")
    expect(alert).to_be_hidden()


def test_the_keyboard_reaches_every_control(page: Page, certifier: Certifier) -> None:
    """In the order in which they are on the page; each shows that it has the focus."""
    certifier.credential_templates.update(TEMPLATE_ID, name="New")
    expect(requests(page)).to_have_count(1)
    names: list[str] = []
    for _ in range(13):
        page.keyboard.press("Tab")
        focus = page.locator(":focus")
        assert focus.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
        names.append(focus.evaluate("node => node.ariaLabel || node.id || node.textContent"))
    assert names[:5] == ["activity-tab", "reset", "clear", "429 Retry-After: 2", "500"]
    assert names[5:10] == ["402", "Slow 5 s", "Dropped", "times", "Custom fault"]
    assert TEMPLATE_ID in names[10]
    assert names[11:] == [f"Copy {TEMPLATE_ID}", "Fields"]


def test_input_is_shown_as_text(
    page: Page, certifier: Certifier, certifier_sandbox: Sandbox
) -> None:
    """HTML in a name or a body is never run."""
    html = "<img src=x onerror=\"document.title='run'\">"
    template = certifier_sandbox.seed(name=html)
    certifier.credential_templates.update(template.id, name=html)
    expect(page.locator("#templates")).to_contain_text(html)
    expect(requests(page)).to_contain_text("<img src=x")
    assert page.locator("main img").count() == 0
    assert page.title() == "Certifier sandbox"


def test_the_reference_has_a_tab_of_its_own(page: Page) -> None:
    """Arrow keys move between the tabs, the address keeps the tab, and it loads only when shown."""
    activity = page.get_by_role("tab", name="Activity")
    reference = page.get_by_role("tab", name="API reference")
    assert page.evaluate("typeof SwaggerUIBundle") == "undefined"
    expect(page.get_by_role("tabpanel", name="Activity")).to_be_visible()
    activity.press("ArrowRight")
    expect(reference).to_be_focused()
    expect(page.locator("#reference")).to_contain_text("PATCH")
    expect(page.get_by_role("tabpanel", name="API reference")).to_be_visible()
    expect(page.locator("#activity")).to_be_hidden()
    page.reload()
    expect(page.locator("#reference")).to_contain_text("PATCH")
    reference.press("ArrowLeft")
    expect(page.locator("#activity")).to_be_visible()
    assert page.url.endswith("#activity")


def test_the_reference_sends_requests_to_the_sandbox(
    page: Page, certifier_sandbox: Sandbox
) -> None:
    """It is openapi.yaml, with a token filled in."""
    page.get_by_role("tab", name="API reference").click()
    reference = page.locator("#reference")
    expect(reference).to_contain_text("This is a naming update only")
    for status in ("400", "401", "402", "404", "429", "500"):
        expect(reference.locator(f'tr.response[data-code="{status}"]')).to_be_visible()
    reference.get_by_role("button", name="Try it out").click()
    reference.get_by_label("Request body").fill('{"name": "Tried out"}')
    reference.get_by_role("button", name="Execute").click()
    page.get_by_role("tab", name="Activity").click()
    expect(page.locator("#templates")).to_contain_text("Tried out")
    assert certifier_sandbox.templates[TEMPLATE_ID].name == "Tried out"
    expect(requests(page).first).to_contain_text("200")
