"""The options of a client, which are validated when it is created."""

import inspect
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, NoReturn, TypedDict, Unpack, cast

import httpx

from certifier_client._call import validation
from certifier_client.errors import InputError
from certifier_client.rate_limiter import RateLimiter
from certifier_client.retry import Retry, RetryPolicy
from certifier_generated.schemas import SERVER
from certifier_generated.types import UNSET

# Seconds. httpx's default of 5 for each phase is too short.
TIMEOUT = httpx.Timeout(connect=5, read=30, write=10, pool=10)
DEADLINE = 60.0  # seconds

AccessToken = str | Callable[[], str | Awaitable[str]]
OnRetry = Callable[[Retry], object]


class Options(TypedDict, total=False):
    """The options of a client as a dict, for ``Certifier(**options)``; see Certifier."""

    access_token: AccessToken
    base_url: str
    allow_http: bool
    version: str
    timeout: float | httpx.Timeout
    deadline: float
    retry: RetryPolicy
    on_retry: OnRetry
    rate_limiter: RateLimiter
    headers: Mapping[str, str]
    application: str


# The names of options in other clients, and what to use here.
_OTHER_NAMES = {
    "api_key": "access_token",
    "api_version": "version",
    "auth": "access_token",
    "backoff_factor": "retry=RetryPolicy(base=…)",
    "cert": "ssl_context",
    "client": "transport",
    "default_headers": "headers",
    "host": "base_url",
    "http_client": "transport",
    "max_retries": "retry=RetryPolicy(attempts=…)",
    "proxies": "proxy",
    "retries": "retry=RetryPolicy(attempts=…)",
    "session": "transport",
    "token": "access_token",
    "total_timeout": "deadline",
    "url": "base_url",
    "user_agent": "application",
    "verify": "ssl_context",
}
# Connections depend on these, so a copy cannot change them.
_OF_CONNECTIONS = ("proxy", "ssl_context", "transport", "trust_env")


def _access_token(value: AccessToken) -> AccessToken:
    return value if callable(value) else validation.access_token(value)


def _access_token_of_environment() -> str:
    try:
        return os.environ["CERTIFIER_ACCESS_TOKEN"]
    except KeyError:
        raise InputError(
            "no access token: pass access_token=… or set CERTIFIER_ACCESS_TOKEN"
        ) from None


def _base_url_of_environment() -> str:
    # An empty value is a mistake: it is rejected, and the live service is not used instead.
    return os.environ.get("CERTIFIER_BASE_URL", SERVER)


def _optional(check: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda value: None if value is None else check(value)


def _on_retry(value: OnRetry | None) -> OnRetry | None:
    if not (value is None or callable(value)):
        raise InputError("on_retry is not callable: pass a function")
    return value


def _rate_limiter(value: RateLimiter | None) -> RateLimiter | None:
    if not (value is None or isinstance(cast("object", value), RateLimiter)):
        raise InputError("rate_limiter lacks a method of RateLimiter")
    return value


def given(arguments: Mapping[str, object]) -> Options:
    """Return those arguments that are options and were passed."""
    options = {name: arguments[name] for name in _CHECKS if arguments[name] is not UNSET}
    return cast("Options", options)


def check_names(names: Iterable[str], *, is_copy: bool) -> None:
    """Reject names that are not options of a client or a copy; the error names the right option."""
    known = (*Options.__annotations__, *(() if is_copy else _OF_CONNECTIONS))
    for name in sorted(set(names) - set(known)):
        if name in _OF_CONNECTIONS:
            raise InputError(f"{name} cannot be changed in a copy: create another client", name)
        if other := _OTHER_NAMES.get(name):
            raise InputError(f"there is no option {name}: use {other}", name)
        raise InputError(f"there is no option {name}: the options are {', '.join(known)}", name)


# For each option, a function that returns its default, and one that validates it.
_CHECKS: dict[str, tuple[Callable[[], object], Callable[[Any], object]]] = {
    "access_token": (_access_token_of_environment, _access_token),
    "allow_http": (lambda: False, partial(validation.instance, "allow_http", kind=bool)),
    "base_url": (_base_url_of_environment, validation.base_url),
    "version": (lambda: None, _optional(validation.version)),
    "timeout": (lambda: TIMEOUT, validation.timeout),
    "deadline": (lambda: DEADLINE, partial(validation.seconds, "deadline")),
    "retry": (RetryPolicy, partial(validation.instance, "retry", kind=RetryPolicy)),
    "on_retry": (lambda: None, _on_retry),
    "rate_limiter": (lambda: None, _rate_limiter),
    "headers": (dict, validation.headers),
    "application": (lambda: None, _optional(validation.application)),
}


class Settings:
    """The options of a client, validated, with defaults from the environment.

    They are never printed: a token or a header is secret.
    """

    access_token: AccessToken
    allow_http: bool
    base_url: str
    version: str | None
    timeout: httpx.Timeout
    deadline: float
    retry: RetryPolicy
    on_retry: OnRetry | None
    rate_limiter: RateLimiter | None
    headers: Mapping[str, str]
    application: str | None

    def __init__(self, **options: Unpack[Options]) -> None:
        given = cast("dict[str, object]", options)
        for name, (default, check) in _CHECKS.items():
            try:
                setattr(self, name, check(given[name] if name in given else default()))
            except InputError as error:
                error.argument = name
                raise
        if not self.allow_http:
            validation.encrypted(self.base_url)

    def __reduce__(self) -> NoReturn:
        # A pickle would hold the token.
        raise TypeError("a client's settings cannot be pickled or copied: create another client")

    def changed(self, options: Options) -> "Settings":
        """Return these settings with some options changed."""
        return Settings(**cast("Options", {**vars(self), **options}))

    @property
    def parameters(self) -> dict[str, str]:
        """The values of documented headers, by the last word of the header's name."""
        return {} if self.version is None else {"version": self.version}

    async def current_token(self) -> str:
        """Return the current access token, validated."""
        if not callable(self.access_token):
            return self.access_token
        token = cast("object", self.access_token())
        if inspect.isawaitable(token):
            token = await token
        try:
            if isinstance(token, str):
                return validation.access_token(token)
            kind = type(token).__name__
            raise InputError(f"the function access_token returned a {kind} instead of a string")
        finally:
            del token  # a traceback may show local variables
