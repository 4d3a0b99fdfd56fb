"""The access token is hidden in what a server or an exception says."""

import pytest

from certifier_client._call.redaction import redacted_cause, redacted_response, redacted_text
from certifier_client._http.message import RawResponse, Request
from support import REQUEST

TOKEN = "s3cret/0123456-x"  # of 16 characters
HIDDEN = "*" * 16


def request(token: str = TOKEN) -> Request:
    """Return a request with a token."""
    return REQUEST._replace(token=token.encode())


@pytest.mark.parametrize(
    "shown",
    [
        TOKEN,
        r"s3cret\/0123456-x",
        r"\u0073\u0033cret\u002F0123456-x",
        r"\u0073\u0033cret\u002f0123456\u002dx",
    ],
)
def test_the_token_is_hidden_however_it_is_escaped(shown: str) -> None:
    """In a body, in a header, and in a text."""
    body = f'{{"error": "{shown}", "more": "a\\n"}}'
    raw = RawResponse(400, [(b"A", b"b"), (b"X-Seen", shown.encode())], body.encode())
    response = redacted_response(request(), raw)
    assert response.body.decode() == body.replace(shown, HIDDEN)
    assert response.headers["x-seen"] == HIDDEN
    assert (response.status, response.request) == (400, "PATCH http://host/path")
    assert redacted_text(request(), f"before {shown} after") == f"before {HIDDEN} after"


@pytest.mark.parametrize("where", ["header name", "header", "body"])
def test_the_token_is_hidden_wherever_it_is(where: str) -> None:
    """In one place only, too."""
    raw = RawResponse(
        200,
        [(b"a" + TOKEN.encode() * (where == "header name"), TOKEN.encode() * (where == "header"))],
        TOKEN.encode() * (where == "body"),
    )
    response = redacted_response(request(), raw)
    shown = f"{response.headers.raw}{response.body!r}"
    assert (TOKEN in shown, HIDDEN in shown) == (False, True)


def test_a_short_token_is_not_hidden() -> None:
    """It may be an ordinary word."""
    text = TOKEN[:15]
    assert redacted_text(request(text), f"a {text}") == f"a {text}"
    body = f'"{text}\\n"'.encode()
    assert redacted_response(request(text), RawResponse(200, [], body)).body == body


@pytest.mark.parametrize("shown", [TOKEN, r"s3cret\/0123456-x", r"\u0073\u0033cret/0123456-x"])
def test_json_stays_json_when_the_token_is_hidden(shown: str) -> None:
    """An escaped backslash in front of the token stays."""
    raw = RawResponse(200, [], rf'"\\{shown}"'.encode())
    assert redacted_response(request(), raw).body.decode() == rf'"\\{HIDDEN}"'


def test_a_text_may_have_any_character() -> None:
    """A lone surrogate is shown as an escape."""
    assert redacted_text(request(), f"é\ud800{TOKEN}") == rf"é\ud800{HIDDEN}"


def test_headers_are_read_whatever_their_encoding() -> None:
    """Each value is that which was sent."""
    for value, found in ((b"a", "ascii"), ("é".encode(), "utf-8"), (b"\xe9", "iso-8859-1")):
        response = redacted_response(request(), RawResponse(200, [(b"X-A", value)], b""))
        assert response.headers.encoding == found
        assert response.headers["x-a"] == value.decode(found)
        assert response.headers.raw == [(b"X-A", value)]


def test_a_cause_that_shows_the_token_is_left_out() -> None:
    """And the causes behind it; the others lose their tracebacks."""
    first, second, secret, last = ValueError("a"), KeyError("b"), OSError(TOKEN), TypeError("c")
    first.__cause__, second.__context__, secret.__cause__ = second, secret, last
    with pytest.raises(ValueError, match="a"):
        raise first
    assert redacted_cause(request(), first) is first
    assert [first.__cause__, first.__context__, first.__traceback__] == [second, second, None]
    assert [second.__cause__, second.__context__] == [None, None]
