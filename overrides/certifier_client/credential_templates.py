"""Credential templates, formerly called groups: generated methods, and those for many updates."""

from collections.abc import Iterable, Iterator  # noqa: TC003 - for typing.get_type_hints()
from os import PathLike  # noqa: TC003 - likewise

import certifier_client
from certifier_client._call.call import AsyncCaller, Caller
from certifier_client.rate_limiter import RateLimiter  # noqa: TC001 - likewise
from certifier_client.request import Request
from certifier_client.response import Response
from certifier_generated.api import credential_templates as generated


class CredentialTemplates(generated.CredentialTemplates[Request, Response]):
    """The operations on credential templates: ``Certifier.credential_templates``."""

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
        """Make many updates, several at a time, and report the outcome of each.

        The changes to one template are made in order. If one fails, the later ones are blocked. An
        invalid change is rejected, and does not end the run.

        Args:
            changes: each has an ``id`` and the fields to set. A thread reads and copies them, up to
                about 16 per worker ahead.
            workers: how many updates are in flight at a time, from 1 to 100.
            rate: the maximum requests per second, or a RateLimiter, such as one that machines
                share. Every request waits for it, including retries and snapshots, and a 429 slows
                all workers down. Default: the client's rate_limiter, or else no maximum.
            journal: the path of a file that records each update before it is sent, and its outcome.
                With an existing journal of the same changes, those that were applied or rejected
                are not sent again. It belongs to one base URL and API version. Default: none.
            snapshot: whether to fetch each template before its first change, with an extra request,
                and to record it in the journal, for ``undo``. Later runs with this journal do so
                too.

        Returns:
            An iterable, to be iterated over once. It yields an Outcome for each change, as soon as
            it is known. Its ``stop()`` ends the run after the requests in flight.

        Raises:
            InputError: an argument is invalid. The iteration raises errors that end the run: see
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
        """Compare many changes with the current templates, without changing anything.

        Args:
            changes: see ``update_many``.
            workers: see ``update_many``.
            rate: see ``update_many``; one request is sent per change.

        Returns:
            An iterable of Outcomes, one for each change: ``same``, or ``different`` with
            ``differences``.

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

        A template is restored in one request, to its state before the first request that may have
        changed it. The same ``update_many`` can apply the changes again.

        Args:
            journal: the path of the journal of an ``update_many`` with ``snapshot=True``.
            workers: see ``update_many``.
            rate: see ``update_many``.

        Returns:
            An iterable of Outcomes, one for each template, with the number of the first change that
            is undone. Its ``problems`` name the fields that could not be restored.

        Raises:
            InputError: an argument is invalid.

        """
        from certifier_client.bulk import undoing, updates  # noqa: PLC0415

        job = undoing.Undo(self._client, journal)
        return updates.Updates(self._client, job, workers, rate)

    def plan_undo(
        self, journal: "str | PathLike[str]"
    ) -> "Iterator[certifier_client.PlannedChange]":
        """Return what ``undo`` would restore, without sending anything.

        Raises:
            JournalError: the journal does not exist, belongs to another server, or cannot be read.

        """
        from certifier_client.bulk import undoing  # noqa: PLC0415

        return undoing.Undo(self._client, journal).plan()


class AsyncCredentialTemplates(generated.AsyncCredentialTemplates[Request, Response]):
    """The same operations for asyncio: ``AsyncCertifier.credential_templates``."""

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
