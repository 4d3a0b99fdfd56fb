"""The exceptions that a call raises."""

import copy
import inspect
import json
import pickle
import random
import socket
import traceback
from typing import Any

import httpcore
import httpx
import pytest

import certifier_client as cc
from certifier_client import errors
from certifier_client._http.message import MAX_BODY
from certifier_sandbox import FREE_TEMPLATE_ID, FREE_TOKEN, SECOND_TOKEN, Sandbox
from documented import TEMPLATE
from support import Update, documented_errors


def class_of(code: str) -> type[cc.StatusError]:
    """Return the exception class named after a documented code."""
    name = "".join(map(str.title, code.removesuffix("_error").split("_"))) + "Error"
    found: type[cc.StatusError] = getattr(cc, name)
    return found


@pytest.mark.parametrize(
    ("arguments", "kind", "status", "code"),
    [
        ({"options": {"version": "2021-01-01"}}, cc.InvalidVersionError, 400, "invalid_version"),
        ({"options": {"access_token": "other"}}, cc.UnauthorizedError, 401, "unauthorized"),
        (
            {
                "template_id": FREE_TEMPLATE_ID,
                "options": {"access_token": FREE_TOKEN},
                "design_ids": ["a"],
            },
            cc.PaymentRequiredError,
            402,
            "payment_required",
        ),
        ({"options": {"access_token": SECOND_TOKEN}}, cc.NotFoundError, 404, "not_found"),
        ({"template_id": "01g90279gp5sbmfek7wymcsved"}, cc.NotFoundError, 404, "not_found"),
    ],
)
def test_each_documented_error_has_its_class(
    sandbox: Sandbox,
    update: Update,
    arguments: dict[str, Any],
    kind: type[cc.StatusError],
    status: int,
    code: str,
) -> None:
    """Status, code, message, headers and body are those of the response."""
    with pytest.raises(cc.StatusError) as raised:
        update(**arguments)
    error = raised.value
    assert type(error) is kind
    assert (error.status, error.code) == (status, code)
    assert error.message == json.loads(error.body)["error"]["message"]
    assert error.headers["content-type"] == "application/json"
    assert f"{status} {code}: {error.message}" in str(error)
    assert "/v1/groups/" in str(error)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        *((status, code, class_of(code)) for status, code, _ in documented_errors()),
        (400, "invalid_json", cc.InvalidJsonError),
        (400, "validation_error", cc.ValidationError),
        (400, "new", cc.BadRequestError),
        (401, "new", cc.UnauthorizedError),
        (403, "forbidden", cc.ForbiddenError),
        (409, "conflict", cc.ConflictError),
        (418, "teapot", cc.ClientError),
        (503, "missing_version", cc.ServerError),
        (599, "new", cc.ServerError),
        (300, "choices", cc.RedirectError),
        (302, "found", cc.RedirectError),
    ],
)
@pytest.mark.parametrize("documented_body", [True, False])
def test_a_status_decides_the_class_with_any_code_and_any_body(
    sandbox: Sandbox,
    update: Update,
    status: int,
    code: str,
    kind: type[cc.StatusError],
    documented_body: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    """An unknown code stays a string, other bodies are kept, and the status decides the class."""
    documented = {"error": {"code": code, "message": "m", "limit": 2}}
    body: Any = {"json": documented} if documented_body else {"text": "<h1>"}
    sandbox.inject(status=status, **body, headers={"Location": "/elsewhere"})
    with pytest.raises(cc.StatusError) as raised:
        update()
    error = raised.value
    if documented_body:
        assert type(error) is kind
        assert (error.code, error.message) == (code, "m")
        assert error.details == {"code": code, "message": "m", "limit": 2}
    else:
        assert isinstance(error, cc.BadRequestError if status == 400 else kind)
        assert (error.code, error.message, error.details) == (None, None, {})
        assert ", body '<h1>'" in str(error)
        assert error.body == b"<h1>"
    assert len(sandbox.requests) == 1


def test_an_error_says_how_many_attempts_there_were(
    sandbox: Sandbox, update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so if there was more than one, with the time that they took."""
    monkeypatch.setattr(random, "random", lambda: 0.0)
    for statuses, said in (([409], r"\d$|[^]]$"), ([503, 409], r" \[2 attempts, \d\.\d s\]$")):
        for status in statuses:
            sandbox.inject(status=status)
        with pytest.raises(cc.ConflictError, match=said):
            update(options={"retry": cc.RetryPolicy()})


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (200, {"text": ""}, "the body is not JSON"),
        (200, {"text": "<html>"}, "the body is not JSON"),
        (200, {"text": "[" * 20_000}, "the body is not JSON"),
        (200, {"text": "[" * 20_001}, "the body is larger than 512 KiB, or has more than 20000"),
        (200, {"text": "{" * 20_001}, "the body is larger than 512 KiB, or has more than 20000"),
        (200, {"text": "," * 20_001}, "the body is larger than 512 KiB, or has more than 20000"),
        (200, {"text": "1" * (512 * 1024 + 1)}, "the body is larger than 512 KiB"),
        (200, {"text": '{"id": NaN}'}, "the body is not JSON: NaN is not a number"),
        (200, {"json": []}, "the body is not an object"),
        (200, {"json": {}}, "id is not present"),
        (200, {"json": {**TEMPLATE, "name": None}}, "name is not a string"),
        (200, {"json": {**TEMPLATE, "name": True}}, "name is not a string"),
        (
            200,
            {"json": {**TEMPLATE, "learningEventUrl": 5}},
            "learningEventUrl is not a string or null",
        ),
        (200, {"json": {**TEMPLATE, "designIds": "a"}}, "designIds is not an array"),
        (200, {"json": {**TEMPLATE, "designIds": ["a", 5]}}, "designIds[1] is not a string"),
        (200, {"json": {**TEMPLATE, "createdAt": None}}, "createdAt is not a date and time"),
        (200, {"json": {**TEMPLATE, "createdAt": "yesterday"}}, "createdAt is not a date and time"),
        (
            200,
            {"json": {**TEMPLATE, "updatedAt": "2022-01-01T00:00:00"}},
            "updatedAt is not a date and time",
        ),
        (200, {"json": {**TEMPLATE, "badgeDesignId": []}}, "badgeDesignId is not a string or null"),
        (
            200,
            {"json": {**TEMPLATE, "id": "other"}},
            "id is 'other' instead of '01g90279gp5sbmfek7wymcsvec'",
        ),
        (201, {"json": TEMPLATE}, "this status is not documented"),
        (204, {}, "this status is not documented"),
    ],
)
def test_an_undocumented_success_names_the_problem(
    sandbox: Sandbox, update: Update, status: int, body: dict[str, Any], problem: str
) -> None:
    """The error names the path in the body, and keeps the body."""
    sandbox.inject(status=status, **body)
    with pytest.raises(cc.InvalidResponseError) as raised:
        update()
    assert raised.value.problem.startswith(problem)
    assert problem in str(raised.value)
    assert raised.value.status == status
    assert len(str(raised.value)) < 1000


def test_no_response_is_a_transport_error(sandbox: Sandbox, update: Update) -> None:
    """The message says whether the connection was closed without a response or refused."""
    sandbox.inject(drop=True)
    with pytest.raises(cc.TransportError, match=r"PATCH http://.*disconnected"):
        update()
    with socket.socket() as taken:  # where nothing listens
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(
            cc.TransportError, match=r"(refused|failed).* \(check the base URL, .* reached\)$"
        ) as raised:
            update(options={"base_url": url})
    assert type(raised.value) is cc.TransportError
    assert isinstance(raised.value.__cause__, httpx.ConnectError)
    assert isinstance(raised.value.__cause__.__cause__, ConnectionRefusedError)


@pytest.mark.usefixtures("sandbox")
def test_at_most_a_mebibyte_of_a_body_is_kept(update: Update) -> None:
    """A transport may return more."""
    for size in (MAX_BODY, MAX_BODY + 1):
        transport = httpx.MockTransport(
            lambda _, size=size: httpx.Response(404, content=b"a" * size)
        )
        with pytest.raises(cc.NotFoundError) as raised:
            update(options={"transport": transport})
        assert len(raised.value.body) == MAX_BODY == 2**20


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError("no buffer"), "OSError: no buffer"),
        (httpx.ReadError(""), "ReadError"),
        (httpcore.ReadError("gone"), "ReadError: gone"),
    ],
)
def test_a_network_error_is_shown_by_its_name_and_text(
    update: Update, error: Exception, text: str
) -> None:
    """Even an error of no particular kind, or without a text, is shown."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(cc.TransportError, match=rf": {text}$"):
        update(options={"transport": httpx.MockTransport(fail)})


@pytest.mark.usefixtures("sandbox")
def test_what_the_callers_own_transport_raises_reaches_the_caller(update: Update) -> None:
    """The exception is unchanged, such as an AssertionError of a mock."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise RuntimeError("the engine is broken")

    with pytest.raises(RuntimeError, match="the engine is broken"):
        update(options={"transport": httpx.MockTransport(fail)})


def test_a_timeout_ends_a_call(sandbox: Sandbox, update: Update) -> None:
    """A response after the timeout raises TimedOutError."""
    sandbox.inject(delay=5, status=200, json=TEMPLATE)
    with pytest.raises(cc.TimedOutError, match="ReadTimeout"):
        update(options={"timeout": httpx.Timeout(5, read=0.05)})


def every_error() -> list[cc.CertifierError]:
    """Return an error of each class."""
    body = b'{"error": {"code": "not_found", "message": "m"}}'
    response = cc.Response("PATCH /", 404, httpx.Headers({"X-A": "b"}), body)
    arguments: dict[type[Any], tuple[Any, ...]] = {
        cc.TransportError: ("PATCH /", "why"),
        cc.InvalidResponseError: (response, "why"),
        cc.StatusError: (response, {"code": "not_found"}),
        cc.ApiError: (response,),
    }
    classes = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    return [
        kind(*next((args for base, args in arguments.items() if issubclass(kind, base)), ("why",)))
        for kind in classes
        if issubclass(kind, cc.CertifierError)
    ]


@pytest.mark.parametrize("error", every_error(), ids=lambda error: type(error).__name__)
def test_each_exception_is_public_and_survives_pickling(error: cc.CertifierError) -> None:
    """A copied or unpickled error has the same text and the same response."""
    assert type(error).__name__ in cc.__all__
    for again in (copy.deepcopy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - ours
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert repr(again) == repr(error) == f"{type(error).__name__}({str(error)!r})"
        assert again.__dict__ == error.__dict__
        if isinstance(again, cc.ApiError) and isinstance(error, cc.ApiError):
            assert (again.status, again.headers["x-a"], again.body) == (404, "b", error.body)


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("https://user:password@a:1/b?token=c#d", "https://a:1/b"),
        ("https://user:p@ss@a/b", "https://a/b"),
        ("/b?token=c", "/b"),
        ("user:password@a", ""),
        ("https://a:password/", ""),
    ],
)
def test_a_location_is_shown_without_secrets(header: str, shown: str) -> None:
    """User, query and fragment are left out, and nothing is shown if it is not a URL."""
    response = cc.Response("PATCH /", 302, httpx.Headers({"Location": header}), b"")
    assert response.location == shown


def test_the_args_of_an_exception_are_its_arguments() -> None:
    """This is so for Python's own exceptions too, and error reporters show the args."""
    response = cc.Response("PATCH /", 404, httpx.Headers(), b"")
    assert cc.TransportError("PATCH /", "why").args == ("PATCH /", "why")
    assert cc.ApiError(response).args == (response,)
    assert cc.InvalidResponseError(response, "why").args == (response, "why")
    assert cc.StatusError(response, {}).args == (response, {})


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            cc.ClosedError(),
            "the client is closed: create a new one, or close it later",
        ),
        (cc.TransportError("PATCH /", "why"), "PATCH /: why"),
        (
            cc.PaymentRequiredError(
                cc.Response("PATCH /", 402, httpx.Headers(), b""), {"code": "c", "message": "m"}
            ),
            "PATCH /: 402 c: m",
        ),
        (
            cc.RateLimitedError(
                cc.Response("PATCH /", 429, httpx.Headers(), b""), {"code": "c", "message": "m"}
            ),
            "PATCH /: 429 c: m (wait, then send fewer requests a second)",
        ),
    ],
)
def test_the_text_of_an_error(error: cc.CertifierError, text: str) -> None:
    """It says what was requested, what happened, and, if possible, what to do."""
    assert str(error) == text


@pytest.mark.parametrize(
    ("body", "excerpt"),
    [
        (b"x" * 200, repr("x" * 200)),
        (b"x" * 201, repr("x" * 200 + "…")),
        ("📈".encode() * 300, repr("📈" * 200 + "…")),
        (b"\xff", repr("\ufffd")),
    ],
    ids=["whole", "one too many", "four bytes each", "no UTF-8"],
)
def test_an_error_shows_two_hundred_characters_of_a_body(body: bytes, excerpt: str) -> None:
    """A longer body is truncated, and bytes that are not UTF-8 are replaced."""
    error = cc.ApiError(cc.Response("PATCH /", 404, httpx.Headers(), body))
    assert str(error) == f"PATCH /: 404, body {excerpt}"


def test_the_token_is_in_no_exception(sandbox: Sandbox, update: Update) -> None:
    """It is not in the text, the traceback with its causes, or the pickle."""
    canary = "cfp_canary"
    options = {"access_token": canary, "headers": {"X-Key": canary}}
    injections: list[Any] = [
        {"drop": True},
        {"status": 500},
        {"status": 200},
        {"status": 302},
        None,
    ]
    for injection in injections:
        if injection:
            sandbox.inject(**injection)
        with pytest.raises(cc.CertifierError) as raised:
            update(options=options)
        shown = "".join(traceback.format_exception(raised.value))
        assert canary not in shown
        assert canary not in repr(raised.value)
        assert canary.encode() not in pickle.dumps(raised.value)


def test_the_text_of_a_server_cannot_forge_or_flood_a_log(sandbox: Sandbox, update: Update) -> None:
    """Code, message and body are cut and escaped in the message, but not in the attributes."""
    long = "b" * 100_000
    details = r'{"code": "c\n\ud83d", "message": "a\n\u001b[2J%s"}' % long  # noqa: UP031 - braces
    for body in ('{"error": %s}' % details, f"<h1>\n\x1b[2J{long}"):  # noqa: UP031 - braces
        sandbox.inject(status=404, text=body)
        with pytest.raises(cc.NotFoundError) as raised:
            update()
        assert raised.value.body == body.encode()
        assert str(raised.value).isprintable()
        assert len(str(raised.value)) < 1000
        assert len(repr(raised.value)) < 1000


def test_an_error_without_a_message_keeps_its_code_and_class(
    sandbox: Sandbox, update: Update
) -> None:
    """The rest of the error object is used."""
    sandbox.inject(status=400, json={"error": {"code": "missing_version", "message": 5}})
    with pytest.raises(cc.MissingVersionError, match="400 missing_version") as raised:
        update()
    assert (raised.value.code, raised.value.message) == ("missing_version", None)


@pytest.mark.parametrize("code", [["missing_version"], {}, 5, None])
def test_a_code_that_is_not_a_string_becomes_none(
    sandbox: Sandbox, update: Update, code: Any
) -> None:
    """The status decides the class, and `details` has the error object unchanged."""
    sandbox.inject(status=400, json={"error": {"code": code, "message": "m"}})
    with pytest.raises(cc.BadRequestError) as raised:
        update()
    assert type(raised.value) is cc.BadRequestError
    assert (raised.value.code, raised.value.details["code"]) == (None, code)


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "check the access token"), (404, "check the id"), (429, "send fewer requests")],
)
def test_an_error_says_what_to_do(sandbox: Sandbox, update: Update, status: int, hint: str) -> None:
    """If the reader can fix an error, its message ends with how to fix it."""
    sandbox.inject(status=status, json={"error": {"code": "x", "message": "m"}})
    with pytest.raises(cc.StatusError, match=hint):
        update()
