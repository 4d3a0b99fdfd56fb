"""Invalid input is rejected before anything is sent."""

import ssl
from enum import Enum
from typing import Any

import httpx
import pytest

from certifier_client import AdaptiveRateLimiter, Certifier, InputError, RetryPolicy
from certifier_sandbox import PREMIUM_TOKEN, Sandbox
from support import Update


@pytest.mark.parametrize(
    "template_id",
    [
        *(
            "",
            " ",
            ".",
            "..",
            "%2e",
            "%2E%2e",
            "a/b",
            "a%2Fb",
            "a b",
            "a\n",
            "a\x00",
            "\ud800",
            None,
            1,
        ),
        *(
            "a,b",
            "a;b",
            "'a'",
            '"a"',
            "[a]",
            "(a)",
            "{a}",
            "<a>",
            "a\u200b",
            "\ufeffa",
            "a\u00a0b",
            "a%22",
        ),
    ],
)
def test_an_id_that_would_change_the_path_is_rejected(
    sandbox: Sandbox, update: Update, template_id: Any
) -> None:
    """The id is empty, only dots, not a string, or has a slash, list punctuation or hidden characters."""
    with pytest.raises(InputError, match=r"^id "):
        update(template_id, name="x")
    assert sandbox.requests == []


@pytest.mark.usefixtures("sandbox")
def test_a_rejected_id_is_shown(update: Update) -> None:
    """The message shows the id and says what to pass."""
    with pytest.raises(
        InputError,
        match=r"^id 'a b' is not a valid id: pass a single id, .*invisible character$",
    ):
        update("a b")


@pytest.mark.parametrize(
    "design_id", ["", ".", "a b", "a,b", "a;b", '["a"]', "'a'", "a\u200b", "a\nb"]
)
def test_an_invalid_design_id_is_rejected(sandbox: Sandbox, update: Update, design_id: str) -> None:
    """Such as several ids in one string, or an id with remains of a list, at any position."""
    with pytest.raises(InputError, match=r"^design_ids\[1\] .* is not a valid id: "):
        update(design_ids=["a", design_id])
    assert sandbox.requests == []


def test_an_id_that_is_too_long_for_a_url_is_rejected(sandbox: Sandbox, update: Update) -> None:
    """The error is an InputError, and nothing is sent."""
    with pytest.raises(InputError, match="the request has a URL of 70033 characters"):
        update("x" * 70_000)
    assert sandbox.requests == []
    with Certifier(base_url="https://a") as certifier:
        longest = "x" * (65_536 - len("https://a/v1/groups/"))
        certifier.credential_templates.update_request(longest)
        with pytest.raises(InputError, match="of 65537 characters: at most 65536 are allowed"):
            certifier.credential_templates.update_request(f"{longest}x")


class Course(str, Enum):  # noqa: UP042 - unlike a StrEnum's, its str() is not its value
    """Ids in an enum."""

    MARKETS = "01g90279gp5sbmfek7wymcsvec"


def test_an_id_from_an_enum_is_its_value(sandbox: Sandbox, update: Update) -> None:
    """The value is checked and sent, not the member's str()."""
    update(Course.MARKETS, name=Course.MARKETS)
    (request,) = sandbox.requests
    assert request.path == "/v1/groups/01g90279gp5sbmfek7wymcsvec"
    assert request.body == '{"name":"01g90279gp5sbmfek7wymcsvec"}'


@pytest.mark.parametrize("template_id", ["é", "a?b", "a#b", "a%", "..a", "a.b", "x" * 2000])
def test_an_unusual_but_valid_id_is_sent_unchanged(
    sandbox: Sandbox, update: Update, template_id: str
) -> None:
    """It reaches the service as one percent-encoded path segment."""
    with pytest.raises(Exception, match="404 not_found"):
        update(template_id)
    (request,) = sandbox.requests
    assert request.path.startswith("/v1/groups/")
    assert request.path.count("/") == 3
    assert request.query == ""


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": None}, "name is None: leave it out, or pass a string"),
        ({"name": 5}, "name is 5: pass a string"),
        (
            {"name": 10**5000},
            "name is a value of type int: pass a string",
        ),  # Python cannot print it
        ({"learning_event_url": 5}, "learning_event_url is 5: pass a string"),
        ({"name": "\ud800"}, "name has a lone surrogate, which UTF-8 cannot encode"),
        (
            {"design_ids": []},
            "design_ids has 0 items: pass at least 1",
        ),
        (
            {"design_ids": "abc"},
            "design_ids is 'abc': pass a list",
        ),
        (
            {"design_ids": {"a": 1}},
            "design_ids is {'a': 1}: pass a list",
        ),
        ({"design_ids": ["a", None]}, "design_ids[1] is None: pass a string"),
        (
            {"design_ids": ["a", "b,c"]},
            "design_ids[1] 'b,c' is not a valid id: pass a single id, which is not empty or only dots, and has no slash, white space, comma, semicolon, quote, bracket or invisible character",
        ),
        (
            {"learning_event_url": "/a"},
            "learning_event_url is '/a': pass a complete http or https URL such as 'https://example.org/a'",
        ),
        (
            {"learning_event_url": "http://a b"},
            "learning_event_url is 'http://a b': pass a complete http or https URL such as 'https://example.org/a'",
        ),
        (
            {"learning_event_url": "http://[a"},
            "learning_event_url is 'http://[a': pass a complete http or https URL such as 'https://example.org/a'",
        ),
        (
            {"learning_event_url": "https://"},
            "learning_event_url is 'https://': pass a complete http or https URL such as 'https://example.org/a'",
        ),
    ],
)
def test_an_invalid_field_is_rejected(
    sandbox: Sandbox, update: Update, fields: dict[str, Any], message: str
) -> None:
    """The error is a ValueError that names the field and says what to do."""
    with pytest.raises(InputError) as raised:
        update(**fields)
    assert isinstance(raised.value, ValueError)
    assert (str(raised.value), raised.value.argument) == (message, *fields)
    assert sandbox.requests == []


class Unreadable(dict[str, str]):
    """A mapping that cannot be read."""

    def items(self) -> Any:
        """Fail."""
        raise RuntimeError


EMPTY = "the access token is empty or not a string: pass one, or set CERTIFIER_ACCESS_TOKEN"
BEARER = "the access token begins with the word Bearer: pass only the token"
INSIDE = (
    "the access token contains white space, control or non-ASCII characters: copy it again from "
    "the Certifier Dashboard"
)


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("", EMPTY),
        (" \n", EMPTY),
        (5, EMPTY),
        (None, EMPTY),
        (b"Evil", EMPTY),
        ("Bearer Evil", BEARER),
        ("bearer Evil", BEARER),
        ("a Evil", INSIDE),
        ("a\nEvil", INSIDE),
        ("a\x00Evil", INSIDE),
        ("Evil\x7f", INSIDE),
        ("Evilé", INSIDE),
        ("a\r\nX-Evil: 1", INSIDE),
    ],
)
@pytest.mark.parametrize("rotating", [False, True])
def test_an_invalid_token_is_rejected_and_not_shown(
    sandbox: Sandbox,
    update: Update,
    token: Any,
    message: str,
    rotating: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    """Whether a string or from a function: the message says what is wrong with it."""
    with pytest.raises(InputError) as raised:
        update(options={"access_token": (lambda: token) if rotating else token})
    if rotating and not isinstance(token, str):
        kind = type(token).__name__
        message = f"the function access_token returned a {kind} instead of a string"
    assert str(raised.value) == message
    assert sandbox.requests == []


def test_white_space_around_a_token_is_dropped(
    sandbox: Sandbox, update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret that was read from a file ends in a newline."""
    monkeypatch.setenv("CERTIFIER_ACCESS_TOKEN", f" {PREMIUM_TOKEN}\n")
    update()
    update(options={"access_token": lambda: f"{PREMIUM_TOKEN}\r\n"})
    assert [request.status for request in sandbox.requests] == [200, 200]


def test_without_a_token_the_error_says_where_to_put_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """This is the error if neither an argument nor the environment has a token."""
    monkeypatch.delenv("CERTIFIER_ACCESS_TOKEN", raising=False)
    with pytest.raises(InputError) as raised:
        Certifier()
    assert str(raised.value) == (
        "no access token: pass access_token=… or set CERTIFIER_ACCESS_TOKEN"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"base_url": "api.certifier.io"},
            "base_url is 'api.certifier.io': pass a complete URL such as 'https://example.org', here or in CERTIFIER_BASE_URL",
        ),
        (
            {"base_url": "http://api.certifier.io"},
            "base_url 'http://api.certifier.io' would send the access token unencrypted: use https, or allow http if the network is your own",
        ),
        (
            {"base_url": "https://a:b@c"},
            "base_url has a user, a query or a fragment: leave them out",
        ),
        (
            {"base_url": "https://api.certifier.io/v1/"},
            "base_url 'https://api.certifier.io/v1/' ends in /v1, which each path begins with: leave it out",
        ),
        (
            {"token": "a"},
            "there is no option token: use access_token",
        ),
        (
            {"base_url": "ftp://example.org"},
            "base_url is 'ftp://example.org': pass a complete URL such as 'https://example.org', here or in CERTIFIER_BASE_URL",
        ),
        (
            {"base_url": "https://xn--"},
            "base_url 'https://xn--' is not a valid URL: Malformed A-label, no Punycode eligible content found",
        ),
        (
            {"base_url": "https://a:99999"},
            "base_url is 'https://a:99999': pass a complete URL such as 'https://example.org', here or in CERTIFIER_BASE_URL",
        ),
        ({"base_url": "https://a?"}, "base_url has a user, a query or a fragment: leave them out"),
        ({"base_url": "https://a#"}, "base_url has a user, a query or a fragment: leave them out"),
        ({"base_url": "https://a?b"}, "base_url has a user, a query or a fragment: leave them out"),
        ({"version": ""}, "version is '': leave it out to send the documented version"),
        ({"version": "a\nb"}, "version is 'a\\nb': leave it out to send the documented version"),
        ({"deadline": 0}, "deadline is 0: pass a number of seconds above 0"),
        (
            {"proxy": "http://a", "transport": httpx.MockTransport(lambda _: httpx.Response(200))},
            "proxy cannot be combined with transport: configure the transport",
        ),
        (
            {
                "ssl_context": ssl.create_default_context(),
                "transport": httpx.MockTransport(lambda _: httpx.Response(200)),
            },
            "ssl_context cannot be combined with transport: configure the transport",
        ),
        ({"trust_env": "no"}, "trust_env is 'no': pass a bool"),
        ({"timeout": 0}, "timeout is 0: pass a number of seconds above 0"),
        ({"timeout": "5"}, "timeout is '5': pass a number of seconds above 0"),
        ({"timeout": True}, "timeout is True: pass a number of seconds above 0"),
        ({"timeout": float("nan")}, "timeout is nan: pass a number of seconds above 0"),
        ({"headers": {"a b": "c"}}, "'a b' is not a valid header name"),
        (
            {"headers": {"X-A": "b\r\nX-Evil: 1"}},
            "the value of header X-A is not a string of printable ASCII characters",
        ),
        (
            {"headers": {"authorization": "Bearer a"}},
            "header authorization is set by the client: see its other options",
        ),
        (
            {"headers": {"Certifier-Version": "a"}},
            "header Certifier-Version is set by the client: see its other options",
        ),
        (
            {"headers": {"Content-Type": "a"}},
            "header Content-Type is set by the client: see its other options",
        ),
        ({"headers": {"HOST": "a"}}, "header HOST is set by the client: see its other options"),
        (
            {"headers": {"Content-Length": "1"}},
            "header Content-Length is set by the client: see its other options",
        ),
        (
            {"headers": {"Transfer-Encoding": "chunked"}},
            "header Transfer-Encoding is set by the client: see its other options",
        ),
        (
            {"headers": {"Connection": "close"}},
            "header Connection is set by the client: see its other options",
        ),
        ({"headers": {1: "a"}}, "1 is not a valid header name"),
        ({"headers": None}, "headers is not a mapping of names to values"),
        ({"headers": "a"}, "headers is not a mapping of names to values"),
        ({"headers": Unreadable()}, "headers cannot be read: RuntimeError"),
        ({"allow_http": "no"}, "allow_http is 'no': pass a bool"),
        (
            {"ssl_context": False},
            "ssl_context is False: pass an ssl.SSLContext, such as ssl.create_default_context(cafile=…); certificate verification cannot be turned off",
        ),
        (
            {"timeout": httpx.Timeout(-1)},
            "timeout is Timeout(timeout=-1): pass a number of seconds above 0",
        ),
        (
            {"timeout": 10**400},
            "timeout is 100000000000000000...0000000000000000000: pass a number of seconds above 0",
        ),
        (
            {"headers": {"X-A": 5}},
            "the value of header X-A is not a string of printable ASCII characters",
        ),
    ],
)
def test_an_invalid_option_is_rejected(
    sandbox: Sandbox, update: Update, options: dict[str, Any], message: str
) -> None:
    """The constructor and with_options reject it, before any call."""
    with pytest.raises(InputError) as raised:
        update(options=options)
    assert str(raised.value) == message
    assert raised.value.argument == next(iter(options))
    with Certifier() as certifier, pytest.raises(InputError):
        certifier.with_options(**options)
    assert sandbox.requests == []


def test_an_empty_base_url_in_the_environment_is_rejected(
    sandbox: Sandbox, update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client must not use the live service instead."""
    monkeypatch.setenv("CERTIFIER_BASE_URL", "")
    with pytest.raises(InputError, match="base_url is ''"):
        update()
    assert sandbox.requests == []


def test_plain_http_is_accepted_on_this_machine_and_if_allowed() -> None:
    """Loopback addresses need no option; other addresses need allow_http."""
    for base_url in ("http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"):
        Certifier(access_token="a", base_url=base_url).close()
    local = Certifier(access_token="a", base_url="http://localhost:1/X/")
    assert repr(local) == "Certifier(base_url='http://localhost:1/X')"
    allowed = Certifier(access_token="a", base_url="http://sandbox:4010", allow_http=True)
    assert repr(allowed) == "Certifier(base_url='http://sandbox:4010')"


@pytest.mark.parametrize(
    ("make", "argument", "message"),
    [
        (lambda: RetryPolicy(base=0), "base", "base is 0: pass a number of seconds above 0"),
        (lambda: RetryPolicy(cap=1e9), "cap", "cap is 1000000000.0: pass a number of seconds above 0"),
        (lambda: RetryPolicy(attempts=0), "attempts", "attempts is 0: pass a whole number of at least 1"),
        (lambda: AdaptiveRateLimiter(-1), "rate", "rate is -1: pass a number of requests a second above 0"),
        (lambda: Certifier(access_token="a", application="a b"), "application", "application is 'a b': pass a name such as 'course-sync/1.4', without spaces"),
    ],
)  # fmt: skip
def test_an_invalid_argument_has_its_name(make: Any, argument: str, message: str) -> None:
    """Also in an object that is an option."""
    with pytest.raises(InputError) as raised:
        make()
    assert (raised.value.argument, str(raised.value)) == (argument, message)
