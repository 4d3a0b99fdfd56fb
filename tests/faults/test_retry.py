"""Retries: the decision itself, and complete calls on a simulated clock."""

import itertools
import logging
import math
import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from certifier_client import CertifierError, InputError, Retry, RetryPolicy, errors
from certifier_client._call import call, error_mapping
from certifier_client._call.call import Caller
from certifier_client._call.error_mapping import Failure
from certifier_client._call.retry_budget import CAPACITY, COST, TIMEOUT_COST, RetryBudget
from certifier_client._call.retrying import may_repeat, wait_after
from certifier_client._http.message import Request
from certifier_client.options import Settings
from certifier_client.response import Response
from certifier_generated.types import Operation
from figures import faults as measured

PASSING = {408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 530}
GOOD = Response("PATCH /", 200, httpx.Headers(), b"{}")


def response(status: int, **headers: str) -> Response:
    """Return a response without a body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response("PATCH /", status, httpx.Headers(named), b"")


@pytest.mark.parametrize("policy", [RetryPolicy(), RetryPolicy(retry_ambiguous=False)])
def test_a_status_is_retried_if_it_is_transient(policy: RetryPolicy) -> None:
    """All statuses are tried; with `retry_ambiguous=False`, ambiguous ones are not retried."""
    for status in range(201, 1000):
        failure = error_mapping.of_response(response(status))
        for attempt in range(1, 5):
            wait = wait_after(policy, failure, attempt=attempt, jitter=0.5, left=60)
            assert (wait is not None) is (status in PASSING and attempt < 3), (status, attempt)
        if status in PASSING:
            is_repeated = policy.retry_ambiguous is None or status < 500
            assert may_repeat(policy, failure, "PATCH") is is_repeated
            assert may_repeat(policy, failure, "POST") is (status < 500)


@pytest.mark.parametrize(("status", "base"), [(503, 0.5), (429, 1.0)])
def test_a_wait_is_a_random_part_of_the_doubled_base(status: int, base: float) -> None:
    """Full jitter waits any part of the base, from none to all, up to the cap."""
    failure = error_mapping.of_response(response(status))
    policy = RetryPolicy(attempts=10_000)
    for attempt in [*range(1, 20), 100, 2000, 9999]:
        whole = min(Fraction(20), Fraction(base) * 2 ** (attempt - 1))
        for jitter in (0.0, 0.25, 1.0):
            wait = wait_after(policy, failure, attempt=attempt, jitter=jitter, left=60)
            assert wait == float(whole * Fraction(jitter))


def test_retry_after_replaces_the_random_wait() -> None:
    """The wait is up to a quarter longer, and may exceed the cap but not the deadline."""
    policy = RetryPolicy()
    cases: list[tuple[str, float, float | None]] = [
        ("8", 60, 9.0),
        ("1.6", 60, 1.8),
        ("8", 8, None),
        ("3600", 3601, 3600.5),
        ("3600", 3600.5, 3600.25),
        ("3600", 3600, None),
        ("9" * 400, 1e9, None),
        ("0", 60, 0.25),
        ("soon", 60, 0.25),
        ("0", 0.2, None),
    ]
    for asked, left, wait in cases:
        failure = error_mapping.of_response(response(503, Retry_After=asked))
        assert wait_after(policy, failure, attempt=1, jitter=0.5, left=left) == wait


def test_a_policy_is_printable_and_immutable() -> None:
    """Its repr shows each field, and setting one fails."""
    policy = RetryPolicy(attempts=5)
    assert repr(policy) == (
        "RetryPolicy(attempts=5, base=0.5, throttled_base=1.0, cap=20.0, retry_ambiguous=None)"
    )
    with pytest.raises(AttributeError):
        setattr(policy, "attempts", 3)  # noqa: B010 - a type checker rejects the plain assignment


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"attempts": 0}, "attempts is 0: pass a whole number of at least 1"),
        ({"attempts": 1.5}, "attempts is 1.5: pass a whole number of at least 1"),
        ({"attempts": True}, "attempts is True: pass a whole number of at least 1"),
        ({"base": -1}, "base is -1: pass a number of seconds above 0"),
        ({"cap": "a"}, "cap is 'a': pass a number of seconds above 0"),
        ({"cap": math.inf}, "cap is inf: pass a number of seconds above 0"),
        ({"retry_ambiguous": 1}, "retry_ambiguous is 1: pass a bool"),
    ],
)
def test_an_invalid_policy_is_rejected(wrong: Any, message: str) -> None:
    """The error names the field."""
    with pytest.raises(InputError) as raised:
        RetryPolicy(**wrong)
    assert str(raised.value) == message


def test_the_budget_is_a_bucket() -> None:
    """It starts full, and never overflows."""
    budget = RetryBudget()
    budget.give(100)
    assert [budget.take(COST) for _ in range(CAPACITY // COST + 1)].count(True) == CAPACITY // COST
    budget.give(COST - 1)
    assert not budget.take(COST)
    budget.give(1)
    assert budget.take(COST)


class Clock:
    """A clock that moves only when something waits."""

    def __init__(self) -> None:
        """Start at an arbitrary time."""
        self.now = 1e6
        self.waits: list[float] = []

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move the clock."""
        assert 0 <= seconds < math.inf
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace the module time by a clock."""
    clock = Clock()
    monkeypatch.setattr(call, "clock", clock.monotonic)
    return clock


class Script:
    """A sender with given outcomes of its attempts, each after a second."""

    def __init__(self, clock: Clock, outcomes: Iterator[Any]) -> None:
        """Take the outcomes of the attempts; after those, attempts succeed."""
        self._clock = clock
        self._outcomes = outcomes
        self.attempts = 0

    def owner(self) -> None:
        """Return the owner of connections, as a mode does."""

    async def sleep(self, seconds: float) -> None:
        """Move the clock, as a mode does."""
        self._clock.sleep(seconds)

    async def attempt(self, _: Request, end: float, **__: bool) -> Response | Failure:
        """Return the next outcome."""
        left = end - self._clock.now
        assert left > 0
        self.attempts += 1
        self._clock.now += min(1, left)
        outcome: Response | Failure = next(self._outcomes, GOOD)
        return outcome


def operation(method: str) -> Operation[str]:
    """Return an operation without arguments, whose success is "done"."""
    module = SimpleNamespace(
        _get_kwargs=lambda: {"method": method, "url": "/x", "json": {}},
        _parse_response=lambda **_: "done",
    )
    schemas: Any = {"success": {"200": None}}
    return Operation(method.upper(), "/x", (), None, schemas, {}, lambda: module)


def ended(
    script: Script, settings: Settings, budget: RetryBudget | None = None, method: str = "patch"
) -> object:
    """Return how a call with a script ends: "done", or a CertifierError."""
    sender: Any = script
    sender.mode, sender.budget = script, budget or RetryBudget()
    caller = Caller(settings, sender)
    try:
        return caller.call(operation(method), {})[0]
    except CertifierError as error:
        return error


def transport_failure(kind: Any, *, ambiguous: bool, stale: bool = False) -> Failure:
    """Return a transient failure."""
    error = kind("PATCH /", "why")
    error.may_have_been_applied = ambiguous
    return Failure(error, retryable=True, stale=stale)


OUTCOMES: dict[str, Callable[[], Any]] = {
    "good": lambda: GOOD,
    "rejected": lambda: response(404),
    "failed": lambda: response(503),
    "throttled": lambda: response(429, Retry_After="7"),
    "throttled long": lambda: response(429, Retry_After="100"),
    "unreached": lambda: transport_failure(errors.TransportError, ambiguous=False),
    "timed out": lambda: transport_failure(errors.TimedOutError, ambiguous=True),
    "stale": lambda: transport_failure(errors.TransportError, ambiguous=True, stale=True),
}
AMBIGUOUS = {"failed", "timed out", "stale"}
LAST = {"good", "rejected", "throttled long"}
POLICIES = [RetryPolicy(), RetryPolicy(attempts=1), RetryPolicy(retry_ambiguous=False)]


def expected(names: Sequence[str], policy: RetryPolicy) -> list[str]:
    """Return how many attempts the documentation promises."""
    made: list[str] = []
    counted = 0
    for name in [*names, "good"]:
        made.append(name)
        if name == "stale" and len(made) == 1 and policy.retry_ambiguous is not False:
            continue
        counted += 1
        ends = name in LAST or (name in AMBIGUOUS and policy.retry_ambiguous is False)
        if ends or counted == policy.attempts:
            break
    return made


@pytest.mark.parametrize("policy", POLICIES, ids=["default", "once", "careful"])
@pytest.mark.parametrize("deadline", [60, 8.5])
def test_every_sequence_of_outcomes(clock: Clock, policy: RetryPolicy, deadline: float) -> None:
    """There are as many attempts as documented, and no wait exceeds the deadline."""
    settings = Settings(access_token="a", retry=policy, deadline=deadline)
    for names in itertools.product(OUTCOMES, repeat=4):
        clock.waits.clear()
        exchange = Script(clock, iter([OUTCOMES[name]() for name in names]))
        began, made = clock.now, expected(names, policy)
        outcome = ended(exchange, settings)
        assert sum(clock.waits) < deadline
        if isinstance(outcome, CertifierError):
            assert exchange.attempts == len(made) or deadline < 60, names
            assert outcome.attempts == exchange.attempts <= len(made)
            assert outcome.elapsed == clock.now - began <= deadline
            applied = AMBIGUOUS & set(names[: exchange.attempts])
            assert outcome.may_have_been_applied is bool(applied)
        else:
            assert exchange.attempts == len(made)
            assert made[-1] == "good"


def test_an_empty_budget_ends_a_call_and_success_refills_it(clock: Clock) -> None:
    """Timeouts cost double; a successful retry returns its cost, any other success one token."""
    settings = Settings(access_token="a", retry=RetryPolicy(attempts=2))
    budget = RetryBudget()

    def attempts(*names: str) -> int:
        exchange = Script(clock, iter([OUTCOMES[name]() for name in names]))
        ended(exchange, settings, budget)
        return exchange.attempts

    for _ in range(CAPACITY // TIMEOUT_COST):
        assert attempts("timed out", "timed out") == 2
    assert attempts("timed out", "timed out") == 1
    assert attempts("stale") == 2, "a reused connection that was closed costs nothing"
    budget.give(TIMEOUT_COST - 2)  # the success returned one token
    assert attempts("timed out") == 1
    assert attempts("good") == 1
    assert attempts("timed out") == 2
    assert attempts("timed out") == 2, "what succeeded gave its cost back"


def test_on_retry_is_called_before_each_wait(clock: Clock) -> None:
    """It receives the number of the failed attempt, the wait and the error."""
    retries: list[Retry] = []
    settings = Settings(access_token="a", on_retry=retries.append)
    exchange = Script(clock, iter([response(503), response(429, Retry_After="7")]))
    assert ended(exchange, settings) == "done"
    assert [(retry.attempt, retry.wait) for retry in retries] == [
        (n, clock.waits[n - 1]) for n in (1, 2)
    ]
    assert 7 <= clock.waits[1] <= 7 * 1.25
    assert [type(retry.error) for retry in retries] == [errors.ServerError, errors.RateLimitedError]


def test_there_is_a_log_record_for_each_attempt(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """A record has a few response headers but no body; its level is INFO before a retry."""
    caplog.set_level(logging.DEBUG, "certifier_client")
    headers = {"Retry_After": "7", "Set_Cookie": "secret", "X_Key": "secret"}
    outcomes = [response(429, **headers), OUTCOMES["timed out"](), response(404, **headers)]
    settings = Settings(access_token="a", base_url="https://a.org")
    error = ended(Script(clock, iter(outcomes)), settings)
    assert isinstance(error, errors.NotFoundError)
    assert re.search(r"\[3 attempts, \d+\.\d s\]$", str(error))
    assert [record.levelname for record in caplog.records] == ["INFO", "INFO", "DEBUG"]
    first, second, third = caplog.messages
    assert first == (
        "PATCH https://a.org/x: attempt 1 ended after 1.000 s in 429 {'retry-after': '7'}; "
        f"the next one in {clock.waits[0]:.3f} s"
    )
    assert "in TimedOutError; the next one in" in second
    assert third.endswith("attempt 3 ended after 1.000 s in 404 {'retry-after': '7'}")
    assert "secret" not in caplog.text


@pytest.mark.row(41)
@pytest.mark.parametrize("method", ["get", "patch"])
@pytest.mark.parametrize("name", ["timed out", "failed"])
def test_a_safe_request_is_never_ambiguous(clock: Clock, method: str, name: str) -> None:
    """With `retry_ambiguous=False`, it is retried, but not a request that changes something."""
    settings = Settings(access_token="a", retry=RetryPolicy(retry_ambiguous=False))
    script = Script(clock, (OUTCOMES[name]() for _ in range(3)))
    error = ended(script, settings, method=method)
    assert isinstance(error, CertifierError)
    assert error.may_have_been_applied is (method == "patch")
    assert script.attempts == (1 if method == "patch" else 3)


@pytest.mark.row(20)
def test_an_outage_is_not_made_worse(clock: Clock) -> None:
    """With a call each second for ten minutes, a client sends less than a tenth of a naive loop."""
    settings, budget, sent = Settings(access_token="a"), RetryBudget(), 0
    for _ in range(600):
        exchange = Script(clock, itertools.repeat(response(503)))
        assert isinstance(ended(exchange, settings, budget), errors.ServerError)
        sent += exchange.attempts
    naive = 600 * 60  # each call retries each second until its deadline of 60 seconds
    measured.add("outage_send_ratio", round(sent / naive, 3))
    assert sent == 600 + CAPACITY // COST
    assert sent < naive / 10
    for _ in range(COST):
        ended(Script(clock, iter([])), settings, budget)
    exchange = Script(clock, iter([response(503)]))
    assert ended(exchange, settings, budget) == "done", "successes have filled the budget"
    assert exchange.attempts == 2
