"""The users of the clients: threads, tasks, some of them cancelled, and forked processes."""

import asyncio
import contextlib
import gc
import itertools
import os
import pickle
import random
import select
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import httpx

from certifier_client import AsyncCertifier, Certifier, CertifierError, RetryPolicy
from certifier_sandbox import TEMPLATE_ID

TIMEOUT = 0.15  # seconds
THREADS = 6
TASKS = 30
CALLS = 25  # by each of them in a round
FORKS = 2
_PATIENCE = 60  # seconds after which a forked process counts as hanging


class Report(NamedTuple):
    """What the client reported of a call.

    Attributes:
        name: the name that it set.
        ended: the class of the result or the exception.
        kind: template, error, cancelled or escaped.
        returned: the name in the response.
        attempts: the error's `attempts`.
        may_have_been_applied: the error's `may_have_been_applied`.

    """

    name: str
    ended: str
    kind: str
    returned: str | None = None
    attempts: int = 0
    may_have_been_applied: bool = True


def options(url: str) -> dict[str, Any]:
    """Return the options of a client with short timeouts."""
    return {
        "access_token": "cfp_0123456789abcdef",
        "base_url": url,
        "timeout": httpx.Timeout(TIMEOUT, pool=5),
        "deadline": 5,
        "retry": RetryPolicy(base=0.01, throttled_base=0.01),
    }


class Load:
    """Rounds of calls, and a report of each call."""

    def __init__(self, url: str, seed: int) -> None:
        """Make a client that lives as long as the load; each round has others."""
        self._options = options(url)
        self._certifier = Certifier(**self._options)
        self._random = random.Random(seed)
        self._numbers = itertools.count()
        self._reports: list[Report] = []
        self.tasks_left = 0

    def round(self) -> list[Report]:
        """Make concurrent calls from threads, tasks and forked processes; return their reports."""
        self._reports = []
        seeds = [self._random.random() for _ in range(THREADS + 1)]
        threads = [threading.Thread(target=self._call_in_turn, args=[seed]) for seed in seeds[1:]]
        threads.append(threading.Thread(target=self._run_tasks, args=[seeds[0]]))
        for thread in threads:
            thread.start()
        for _ in range(FORKS):
            self._fork()
        for thread in threads:
            thread.join()
        gc.collect()
        return self._reports

    def close(self) -> None:
        """Close the long-lived client."""
        self._certifier.close()

    def _name(self) -> str:
        return f"name {os.getpid()} {next(self._numbers)}"

    def _call_in_turn(self, seed: float) -> None:
        rng = random.Random(seed)
        with Certifier(**self._options) as own:
            for _ in range(CALLS):
                update = self._client(rng, own).credential_templates.update
                name = self._name()
                with self._reporting(name) as returned:
                    returned.append(update(TEMPLATE_ID, name=name).name)

    def _client(self, rng: random.Random, own: Certifier) -> Certifier:
        """Return a client: the long-lived one, a thread's, a copy, or one that nobody closes."""
        match rng.randrange(4):
            case 0:
                return self._certifier
            case 1:
                return own
            case 2:
                return own.with_options(deadline=4)
            case _:
                return Certifier(**self._options)

    def _run_tasks(self, seed: float) -> None:
        asyncio.run(self._gather(random.Random(seed)))

    async def _gather(self, rng: random.Random) -> None:
        async with AsyncCertifier(**self._options) as certifier:
            async with asyncio.TaskGroup() as group:
                for _ in range(TASKS):
                    group.create_task(self._call_and_cancel(certifier, rng))
            self.tasks_left += len(asyncio.all_tasks()) - 1

    async def _call_and_cancel(self, certifier: AsyncCertifier, rng: random.Random) -> None:
        for _ in range(CALLS):
            name = self._name()
            call = asyncio.ensure_future(self._call(certifier, name))
            if rng.random() < 0.3:
                await asyncio.sleep(rng.random() * 0.02)
                call.cancel()
            await asyncio.wait([call])

    async def _call(self, certifier: AsyncCertifier, name: str) -> None:
        with self._reporting(name) as returned:
            template = await certifier.credential_templates.update(TEMPLATE_ID, name=name)
            returned.append(template.name)

    def _fork(self) -> None:
        """Make calls with the same client in a forked process, and collect its reports."""
        reading, writing = os.pipe()
        if not (child := os.fork()):
            self._reports = []
            self._call_with(self._certifier)
            os.write(writing, pickle.dumps(self._reports))
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            is_done, _, _ = select.select([pipe], [], [], _PATIENCE)
            if not is_done:
                os.kill(child, 9)
            data = pipe.read()
        os.waitpid(child, 0)
        if data:
            self._reports += pickle.loads(data)  # noqa: S301 - our own
        else:
            self._reports.append(Report("", "a forked process hangs", "escaped"))

    def _call_with(self, certifier: Certifier) -> None:
        for _ in range(CALLS // 5):
            name = self._name()
            with self._reporting(name) as returned:
                returned.append(certifier.credential_templates.update(TEMPLATE_ID, name=name).name)

    @contextlib.contextmanager
    def _reporting(self, name: str) -> Iterator[list[str]]:
        """Report how the block ended; the block appends the name in the response to the list."""
        returned: list[str] = []
        report: Callable[..., Report] = partial(Report, name)
        try:
            yield returned
        except CertifierError as error:
            attempts, ambiguous = error.attempts, error.may_have_been_applied
            ended = report(type(error).__name__, "error", None, attempts, ambiguous)
        except asyncio.CancelledError:
            ended = report("CancelledError", "cancelled")
        except BaseException as error:  # noqa: BLE001 - the soak looks for these
            ended = report(repr(error), "escaped")
        else:
            ended = report("CredentialTemplate", "template", *returned)
        self._reports.append(ended)
