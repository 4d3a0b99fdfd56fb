"""Both clients, httpx and h11 read the same bytes alike; intended differences are listed here."""

import asyncio
import random
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any

import attrs
import httpx
import pytest

from certifier_client import ApiError, AsyncCertifier, Certifier, CertifierError
from certifier_client._http.message import MAX_BODY
from certifier_sandbox import TEMPLATE_ID
from documented import VERSION
from faults.fault import CANARY, ONCE, SEED
from faults.fault_server import MAX_WAIT, FaultServer, Peer, close, serving, until
from faults.scripted import NOTHING, OBSERVED, Exchange, Read, Script, script
from figures import faults as measured

JOBS = 8
SCRIPTS = 40  # for each job
_CALLS = 2
_TIMEOUT = httpx.Timeout(MAX_WAIT)


@attrs.frozen
class Outcome:
    """How a call ended.

    Attributes:
        ended: the class of the result or the exception.
        status: of the response; None if there was none.
        body: of the response.
        is_ambiguous: the exception's `may_have_been_applied`; None for a template.
        served: the exchanges that the server began, by their number.
        read: how many requests the server read.
        connections: how many the server had accepted after the call.

    """

    ended: str
    status: int | None = None
    body: bytes = b""
    is_ambiguous: bool | None = None
    served: tuple[int, ...] = ()
    read: int = 0
    connections: int = 0

    @property
    def response(self) -> Read:
        """Status and body, to compare with those of another reader."""
        return self.status, self.body

    @property
    def is_lie(self) -> bool:
        """Whether the outcome contradicts whether the server read the request."""
        if self.ended == "CredentialTemplate":
            return self.read == 0
        return self.status is None and self.is_ambiguous is False and self.read > 0


@attrs.frozen
class Difference:
    """A call that ended differently with httpx, which got a response.

    Attributes:
        seen: what the server has done so far; the last exchange belongs to this call.
        mine: the response of both clients, or None and no bytes.
        other: the response of httpx.

    """

    seen: Sequence[Exchange]
    mine: Read
    other: Read

    def has_two_lengths(self) -> bool:
        """RFC 9112, section 6.3: Transfer-Encoding next to Content-Length ought to be an error."""
        return self.mine == NOTHING and self.seen[-1].verdict.has_two_lengths

    def has_large_head(self) -> bool:
        """With httpx, the limit depends on how the network cut the head."""
        return self.mine == NOTHING and self.seen[-1].has_large_head

    def has_leftover(self) -> bool:
        """Row 32: httpx mistakes bytes after a response for the response to the next request."""
        return any(one.verdict.leftover for one in self.seen[:-1])

    def has_reset_for_end(self) -> bool:
        """A reset does not end a body, but httpx accepts it as the end after a failed write."""
        closed = attrs.evolve(self.seen[-1], end=close).expected
        return self.seen[-1].early and (NOTHING, closed) == (self.mine, self.other)

    def is_over_cap(self) -> bool:
        """The clients limit the size of a body."""
        return self.mine == (self.other[0], self.other[1][:MAX_BODY])

    @property
    def is_listed(self) -> bool:
        """Whether the difference is intended, for one of the reasons above."""
        return (
            self.has_two_lengths()
            or self.has_large_head()
            or self.has_leftover()
            or self.has_reset_for_end()
            or self.is_over_cap()
        )


def failed(error: CertifierError) -> Outcome:
    """Return the outcome of an exception."""
    ambiguous = error.may_have_been_applied
    if isinstance(error, ApiError):
        return Outcome(type(error).__name__, error.status, error.body, ambiguous)
    return Outcome(type(error).__name__, is_ambiguous=ambiguous)


def options(server: FaultServer) -> Any:
    """Return the options for a client."""
    url = f"http://127.0.0.1:{server.port}"
    return {
        "access_token": CANARY,
        "base_url": url,
        "retry": ONCE,
        "timeout": _TIMEOUT,
        "deadline": MAX_WAIT,
    }


class Run:
    """A script that a server follows for one client."""

    def __init__(self, followed: Script) -> None:
        self.outcomes: list[Outcome] = []
        self._script = followed
        self._served: list[int] = []
        self._returned = threading.Event()

    def turns(self) -> Any:
        """Return the turns of the server; each records that it began."""
        return [
            one.turn(partial(self._begin, number), until(self._returned))
            for number, one in enumerate(self._script.exchanges)
        ]

    def _begin(self, number: int, _: Peer) -> None:
        self._served.append(number)

    def note(self, server: FaultServer, outcome: Outcome) -> None:
        """Record how a call ended, after the server has finished its turn."""
        self._returned.set()
        assert server.wait_until(lambda server: not server.busy)
        served = tuple(self._served)
        read = len(server.requests) - sum(one.read for one in self.outcomes)
        self._served.clear()
        self.outcomes.append(
            attrs.evolve(outcome, served=served, read=read, connections=server.connections)
        )
        if len(self.outcomes) < _CALLS:  # httpx may end the last call before the server begins
            self._returned.clear()


def with_sync(run: Run, server: FaultServer, name: str, _: asyncio.Runner) -> None:
    """Make the calls with a Certifier."""
    with Certifier(**options(server)) as certifier:
        for _call in range(_CALLS):
            try:
                template, response = certifier.credential_templates.update_with_response(
                    TEMPLATE_ID, name=name
                )
                outcome = Outcome(type(template).__name__, response.status, response.body)
            except CertifierError as error:
                outcome = failed(error)
            run.note(server, outcome)


def with_async(run: Run, server: FaultServer, name: str, runner: asyncio.Runner) -> None:
    """Make the calls with an AsyncCertifier."""

    async def calls() -> None:
        async with AsyncCertifier(**options(server)) as certifier:
            for _call in range(_CALLS):
                try:
                    template, response = await certifier.credential_templates.update_with_response(
                        TEMPLATE_ID, name=name
                    )
                    outcome = Outcome(type(template).__name__, response.status, response.body)
                except CertifierError as error:
                    outcome = failed(error)
                run.note(server, outcome)

    runner.run(calls())


def with_httpx(run: Run, server: FaultServer, name: str, _: asyncio.Runner) -> None:
    """Make the calls with httpx."""
    headers = {"Authorization": f"Bearer {CANARY}", "Certifier-Version": VERSION}
    url = f"http://127.0.0.1:{server.port}/v1/groups/{TEMPLATE_ID}"
    with httpx.Client(verify=False, timeout=_TIMEOUT, headers=headers) as client:  # noqa: S501
        for _call in range(_CALLS):
            try:
                with client.stream("PATCH", url, json={"name": name}) as response:
                    body = b"".join(response.iter_raw())
                outcome = Outcome("Response", response.status_code, body)
            except httpx.TransportError as error:
                outcome = Outcome(type(error).__name__)
            run.note(server, outcome)


def follow(client: Any, followed: Script, runner: asyncio.Runner) -> tuple[list[Outcome], Any]:
    """Run a client's calls; return how they ended and what it sent."""
    run = Run(followed)
    with serving(run.turns()) as server:
        client(run, server, followed.name, runner)
    parts = [request.partition(b"\r\n\r\n") for request in server.requests]
    return run.outcomes, {(head.partition(b"\r\n")[0], body) for head, _, body in parts}


def is_unlisted(followed: Script, ours: list[Outcome], httpxs: list[Outcome]) -> bool:
    """Return whether a call ended differently than h11, httpx and the list say."""
    for mine, other in zip(ours, httpxs, strict=True):
        if not mine.served:  # every call of the clients ends after the server has begun
            return True
        seen = followed.exchanges[: mine.served[-1] + 1]
        if mine.response != seen[-1].expected:
            return True
        differs = other.status is not None and other.response != mine.response
        if differs and not Difference(seen, mine.response, other.response).is_listed:
            return True
    return False


@pytest.mark.parametrize(
    "job", [0, *(pytest.param(job, marks=pytest.mark.slow) for job in range(1, JOBS))]
)
def test_clients_httpx_and_h11_agree_on_what_a_server_sends(
    job: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The two clients always end alike, and differ from the others only as listed."""
    rng = random.Random(f"{SEED} differential {job}")
    figures = dict.fromkeys(("unequal", "differential_unlisted", "unsent_but_reported"), 0)
    found: list[object] = []
    with asyncio.Runner() as runner:
        generated = [script(rng) for _ in range(SCRIPTS)]
        for followed in [*generated, *(OBSERVED if job == 0 else [])]:
            (ours, sent), (also_ours, also_sent), (httpxs, httpx_sent) = (
                follow(client, followed, runner) for client in (with_sync, with_async, with_httpx)
            )
            assert sent == httpx_sent or not (sent and httpx_sent)
            unlisted = is_unlisted(followed, ours, httpxs)
            lies = [one for one in (*ours, *also_ours) if one.is_lie]
            is_unequal = (ours, sent) != (also_ours, also_sent)
            for name, holds in zip(figures, (is_unequal, unlisted, lies), strict=True):
                if holds:
                    figures[name] += 1
                    found.append((name, followed.exchanges, ours, also_ours, httpxs))
            measured.add("differential_scripts")
    for name, number in figures.items():
        measured.add(name, number)
    assert found == []
    assert [record for record in caplog.records if record.name == "asyncio"] == []
