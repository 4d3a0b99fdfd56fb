"""Which error a transport's exception or a response becomes, and whether it is retried."""

import socket
import ssl
from typing import Any

import httpx
import pytest

import certifier_client as cc
from certifier_client._call.error_mapping import error_for, of_exception
from certifier_client._http.pool import StaleError
from support import REQUEST


def foreign(name: str, package: str, text: str = "why") -> Exception:
    """Return an exception of a package that need not be installed."""
    made: Any = type(name, (Exception,), {"__module__": f"{package}._exceptions"})
    error: Exception = made(text)
    return error


def caused(error: Exception, *causes: Exception) -> Exception:
    """Return an exception with these causes, one behind the other."""
    last = error
    for cause in causes:
        last.__cause__ = last = cause
    return error


CONNECT = " (check the base URL, and that its server is running and can be reached)"
NETWORK, TIMEOUT = cc.TransportError, cc.TimedOutError
CUT = httpx.RemoteProtocolError
KIN = ("httpcore", "httpcore2", "httpx2")
# Exceptions, the error's class and text, whether it may have been applied, whether it is retried.
# fmt: off
CASES: list[tuple[Exception, type[cc.TransportError], str, bool, bool]] = [
    (httpx.ConnectError("why"), NETWORK, f"ConnectError: why{CONNECT}", False, True),
    *((foreign("ConnectError", kin), NETWORK, f"ConnectError: why{CONNECT}", False, True) for kin in KIN),
    (httpx.ConnectTimeout(""), TIMEOUT, "ConnectTimeout", False, True),
    (caused(httpx.ConnectError("why"), ssl.SSLError("bad")), cc.TlsError, "ConnectError: why", False, False),
    (httpx.PoolTimeout("why"), cc.PoolTimeoutError, "PoolTimeout: why", False, False),
    (httpx.ProxyError("why"), cc.ProxyError, "ProxyError: why", False, False),
    (httpx.UnsupportedProtocol("why"), NETWORK, "UnsupportedProtocol: why", False, False),
    (httpx.LocalProtocolError("why"), NETWORK, "LocalProtocolError: why", False, False),
    (httpx.InvalidURL("why"), NETWORK, "InvalidURL: why", True, False),
    (httpx.ReadTimeout(""), TIMEOUT, "ReadTimeout", True, True),
    (httpx.WriteTimeout(""), TIMEOUT, "WriteTimeout", True, True),
    (TimeoutError(), TIMEOUT, "TimeoutError", True, True),
    (httpx.ReadError("why"), NETWORK, "ReadError: why", True, True),
    (caused(httpx.ReadError("why"), ssl.SSLError("bad")), NETWORK, "ReadError: why", True, True),
    (httpx.WriteError("why"), NETWORK, "WriteError: why", True, True),
    (ConnectionResetError("why"), NETWORK, "ConnectionResetError: why", True, False),
    (OSError("why"), NETWORK, "OSError: why", True, False),
    (socket.gaierror("why"), NETWORK, "gaierror: why", True, False),
    (foreign("NewError", "httpx2"), NETWORK, "TransportError: why", True, False),
    # A truncated response is retried, and one that is not HTTP is not.
    (CUT("why"), NETWORK, "RemoteProtocolError: why", True, True),
    (caused(CUT("why"), foreign("A", "httpcore")), NETWORK, "RemoteProtocolError: why", True, True),
    (caused(CUT("why"), ValueError()), NETWORK, "RemoteProtocolError: why", True, False),
    (caused(CUT("why"), foreign("A", "httpcore"), foreign("B", "httpx2"), ValueError()), NETWORK, "RemoteProtocolError: why", True, False),
]
# fmt: on


@pytest.mark.parametrize(
    ("error", "kind", "text", "may_have_been", "is_retried"),
    CASES,
    ids=[f"{type(case[0]).__name__}-{number}" for number, case in enumerate(CASES)],
)
def test_an_exception_becomes_an_error(
    error: Exception,
    kind: type[cc.CertifierError],
    text: str,
    may_have_been: bool,  # noqa: FBT001 - pytest passes it by name
    is_retried: bool,  # noqa: FBT001 - likewise
) -> None:
    """Its class says what failed, and its text why."""
    failure = of_exception(REQUEST, error)
    assert failure
    assert type(failure.error) is kind
    assert str(failure.error) == str(kind("PATCH http://host/path", text))
    assert (failure.error.may_have_been_applied, failure.retryable) == (may_have_been, is_retried)
    assert not failure.stale


@pytest.mark.parametrize(
    "error",
    [
        ValueError("why"),
        FileNotFoundError("why"),
        foreign("ConnectError", "mine"),
        foreign("ConnectError", "httpx20"),
    ],
)
def test_an_exception_of_the_callers_own_code_is_not_one_of_the_network(error: Exception) -> None:
    """It is raised unchanged."""
    assert of_exception(REQUEST, error) is None


def test_a_stale_connection_fails_like_its_cause() -> None:
    """The failure says that it was stale."""
    failure = of_exception(REQUEST, caused(StaleError(), httpx.ReadError("why")))
    assert failure
    assert (failure.stale, failure.retryable, type(failure.error.__cause__)) == (
        True,
        True,
        httpx.ReadError,
    )


def test_an_error_of_the_client_is_not_an_attempt() -> None:
    """Neither its context nor its traceback is shown, which may hold a password."""
    with pytest.raises(cc.InputError) as raised:
        raise cc.InputError("why") from None
    error = raised.value
    error.__context__ = ValueError("a password")
    failure = of_exception(REQUEST, error)
    assert failure
    assert (failure.error, failure.retryable) == (error, False)
    assert [error.__context__, error.__traceback__] == [None, None]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"{}", cc.InvalidResponseError),
        (299, b"{}", cc.InvalidResponseError),
        (300, b"{}", cc.RedirectError),
        (199, b"{}", cc.StatusError),
        (600, b"{}", cc.StatusError),
        (418, b"{}", cc.ClientError),
        (599, b"{}", cc.ServerError),
        (400, b'{"error": {"code": "invalid_json"}}', cc.InvalidJsonError),
        (401, b'{"error": {"code": "invalid_json"}}', cc.UnauthorizedError),
        (400, b'{"error": {"code": []}}', cc.BadRequestError),
        *(
            (400, body, cc.BadRequestError)
            for body in (b"", b"{", b"[]", b'{"error": "text"}', b'{"error": [1]}', b"5", b"\xff")
        ),
    ],
)
def test_a_response_becomes_an_error(status: int, body: bytes, kind: type[cc.ApiError]) -> None:
    """By its status, and for 400 by its code."""
    error = error_for(cc.Response("PATCH /", status, httpx.Headers(), body))
    assert type(error) is kind
