"""Credential templates, formerly called groups: the generated operations, and many at a time."""

from collections.abc import Iterable, Iterator  # noqa: TC003 - for typing.get_type_hints()
from os import PathLike  # noqa: TC003 - likewise

import certifier_client
from certifier_client._call.call import AsyncCaller, Caller
from certifier_client.rate_limiter import RateLimiter  # noqa: TC001 - likewise
from certifier_client.request import Request
from certifier_client.response import Response
from certifier_generated.api import credential_templates as generated


class CredentialTemplates(generated.CredentialTemplates[Request, Response]):
    """The operations on credential templates; ``Certifier.credential_templates`` gives them."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self._client = certifier_client.Certifier._sharing(caller)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    def update_many(
        self,
        changes: "Iterable[certifier_client.Change]",
        *,
        workers: int = 4,
        rate: "float | RateLimiter | None" = None,
        journal: "str | PathLike[str] | None" = None,
        snapshot: bool = False,
    ) -> "certifier_client.Updates":
        """Make many updates, a few at a time, and report what comes of each.

        Those of one template are made one after the other, in their order; when one of them fails,
        the later ones are blocked. A change that is invalid is rejected, and ends nothing.

        Args:
            changes: each with an ``id`` and the fields to set. They are read in a thread, some 16
                for each worker ahead, and each is copied when it is read.
            workers: how many updates are in flight at a time, from 1 to 100.
            rate: requests a second at most, or a RateLimiter, such as one that shares a limit with
                other machines. Each request waits for its turn, retries and snapshots included. Not
                given: the client's own rate_limiter, else as many as the service takes. A 429 slows
                all workers down.
            journal: the path of a file that records each update before it is sent and what came of
                it. Given again with the same changes, what was applied or rejected is not sent
                again. It belongs to one base URL and API version. Not given: nothing is recorded.
            snapshot: whether to ask for each template before it is first changed, which is a
                request more, and to record it in the journal, for ``undo``. Later runs of the same
                journal do so as well.

        Returns:
            What to iterate over, once: an Outcome for each change, as soon as it is known. Its
            ``stop()`` ends the run; what is in flight ends first.

        Raises:
            InputError: an argument is invalid. What ends the run, the iteration raises: see
                Updates.

        Examples:
            >>> changes = [{"id": "01g90279gp5sbmfek7wymcsvec", "name": "Financial Markets"}]
            >>> for outcome in certifier.credential_templates.update_many(changes, rate=10):
            ...     print(outcome.number, outcome.kind)
            1 applied

        """
        from certifier_client.bulk import jobs, updates  # noqa: PLC0415 - most do without

        job = jobs.Apply(self._client, enumerate(changes, 1), journal, snapshot=snapshot)
        return updates.Updates(self._client, job, workers, rate)

    def compare_many(
        self,
        changes: "Iterable[certifier_client.Change]",
        *,
        workers: int = 4,
        rate: "float | RateLimiter | None" = None,
    ) -> "certifier_client.Updates":
        """Compare many changes with the templates as they are, and change nothing.

        Args:
            changes: as of ``update_many``.
            workers: as of ``update_many``.
            rate: as of ``update_many``; a request is sent for each change.

        Returns:
            What to iterate over: an Outcome for each change, ``same`` or ``different``; the latter
            has ``differences``.

        Raises:
            InputError: an argument is invalid.

        Examples:
            >>> changes = [{"id": "01g90279gp5sbmfek7wymcsvec", "name": "World Markets"}]
            >>> for outcome in certifier.credential_templates.compare_many(changes):
            ...     print(outcome.kind, outcome.differences)
            different {'name': ('Financial Markets', 'World Markets')}

        """
        from certifier_client.bulk import jobs, updates  # noqa: PLC0415

        job = jobs.Compare(enumerate(changes, 1))
        return updates.Updates(self._client, job, workers, rate)

    def undo(
        self,
        journal: "str | PathLike[str]",
        *,
        workers: int = 4,
        rate: "float | RateLimiter | None" = None,
    ) -> "certifier_client.Updates":
        """Restore each template that the changes of a journal changed, or may have changed.

        A template is restored in one request, to what was recorded before the first request that
        may have changed it. The same ``update_many`` applies the changes again.

        Args:
            journal: the path of the journal of an ``update_many`` with ``snapshot=True``.
            workers: as of ``update_many``.
            rate: as of ``update_many``.

        Returns:
            What to iterate over: an Outcome for each template, with the number of the first change
            that is undone. Its ``problems`` say which fields could not be restored.

        Raises:
            InputError: an argument is invalid.

        """
        from certifier_client.bulk import undoing, updates  # noqa: PLC0415

        job = undoing.Undo(self._client, journal)
        return updates.Updates(self._client, job, workers, rate)

    def plan_undo(
        self, journal: "str | PathLike[str]"
    ) -> "Iterator[certifier_client.PlannedChange]":
        """Return what ``undo`` would restore; nothing is sent.

        Raises:
            JournalError: there is no journal, it is another server's, or it cannot be read.

        """
        from certifier_client.bulk import undoing  # noqa: PLC0415

        return undoing.Undo(self._client, journal).plan()


class AsyncCredentialTemplates(generated.AsyncCredentialTemplates[Request, Response]):
    """The same for asyncio; ``AsyncCertifier.credential_templates`` gives them."""

    def __init__(self, caller: AsyncCaller) -> None:
        super().__init__(caller)
        self._client = certifier_client.AsyncCertifier._sharing(caller)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    def update_many(
        self,
        changes: "Iterable[certifier_client.Change]",
        *,
        workers: int = 4,
        rate: "float | RateLimiter | None" = None,
        journal: "str | PathLike[str] | None" = None,
        snapshot: bool = False,
    ) -> "certifier_client.AsyncUpdates":
        """Do what ``CredentialTemplates.update_many`` does; iterate over it with ``async for``."""
        from certifier_client.bulk import async_updates, jobs  # noqa: PLC0415 - most do without

        job = jobs.Apply(self._client, enumerate(changes, 1), journal, snapshot=snapshot)
        return async_updates.AsyncUpdates(self._client, job, workers, rate)

    def compare_many(
        self,
        changes: "Iterable[certifier_client.Change]",
        *,
        workers: int = 4,
        rate: "float | RateLimiter | None" = None,
    ) -> "certifier_client.AsyncUpdates":
        """Do what ``CredentialTemplates.compare_many`` does; iterate with ``async for``."""
        from certifier_client.bulk import async_updates, jobs  # noqa: PLC0415

        job = jobs.Compare(enumerate(changes, 1))
        return async_updates.AsyncUpdates(self._client, job, workers, rate)

    def undo(
        self,
        journal: "str | PathLike[str]",
        *,
        workers: int = 4,
        rate: "float | RateLimiter | None" = None,
    ) -> "certifier_client.AsyncUpdates":
        """Do what ``CredentialTemplates.undo`` does; iterate over it with ``async for``."""
        from certifier_client.bulk import async_updates, undoing  # noqa: PLC0415

        job = undoing.Undo(self._client, journal)
        return async_updates.AsyncUpdates(self._client, job, workers, rate)

    def plan_undo(
        self, journal: "str | PathLike[str]"
    ) -> "Iterator[certifier_client.PlannedChange]":
        """Do what ``CredentialTemplates.plan_undo`` does, which sends nothing."""
        from certifier_client.bulk import undoing  # noqa: PLC0415

        return undoing.Undo(self._client, journal).plan()
