"""Credential templates, formerly called groups: the generated operations, and update_many."""

from collections.abc import Iterable  # noqa: TC003 - for typing.get_type_hints()
from os import PathLike  # noqa: TC003 - likewise
from typing import Any

import certifier_client  # noqa: TC001 - likewise; what it has, it imports when asked
from certifier_client._call.call import AsyncCaller, Caller
from certifier_client.errors import InputError
from certifier_client.request import Request
from certifier_client.response import Response
from certifier_generated.api import credential_templates as generated


class CredentialTemplates(generated.CredentialTemplates[Request, Response]):
    """The operations on credential templates; ``Certifier.credential_templates`` gives them."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self._calls = caller

    def update_many(
        self,
        changes: "Iterable[certifier_client.Change]",
        *,
        workers: int = 4,
        rate: "float | certifier_client.Pacer | None" = None,
        journal: "str | PathLike[str] | certifier_client.Journal | None" = None,
        keep_before: bool = False,
    ) -> "certifier_client.Updates":
        """Make many updates, a few at a time, and tell what comes of each.

        Those of one template are made one after the other, in their order; when one of them fails,
        the later ones are held back.

        Args:
            changes: each with an ``id`` and the fields to set; they are taken as they are needed.
            workers: how many updates are under way at a time.
            rate: requests a second at most, or a Pacer, such as one that shares a limit with other
                machines. Not given: as many as the service takes. A 429 slows all workers down.
            journal: the path of a file that records each update before it is sent and what came of
                it. Given again with the same changes, what was applied or refused is not sent
                again. Not given: nothing is recorded.
            keep_before: whether to ask for each template before it is changed, which is a request
                more, and to record it in the journal.

        Returns:
            What to iterate over: an Outcome for each change, as soon as it is known. Its ``stop()``
            ends the run; what is under way ends well.

        Raises:
            InputError: an argument is certainly a mistake.
            JournalError: the journal is other changes' or another run's, or cannot be written.

        A change whose id or fields are certainly a mistake is refused, and ends nothing. What ends
        the run, the iteration raises: see Updates. Some 16 changes for each worker are taken ahead.

        >>> changes = [{"id": "01g90279gp5sbmfek7wymcsvec", "name": "Financial Markets"}]
        >>> for outcome in certifier.credential_templates.update_many(changes, rate=10):
        ...     print(outcome.number, outcome.kind)
        1 applied

        """
        from certifier_client.bulk.run import Updates, work_of  # noqa: PLC0415 - most programs do without

        work = work_of(
            self._calls.settings,
            workers=workers,
            rate=rate,
            journal=journal,
            keep_before=keep_before,
        )
        return Updates(self._calls, changes, work, workers)


class AsyncCredentialTemplates(generated.AsyncCredentialTemplates[Request, Response]):
    """The operations on credential templates; ``AsyncCertifier.credential_templates`` gives them."""

    def __init__(self, caller: AsyncCaller) -> None:
        super().__init__(caller)
        self._calls = caller

    def update_many(
        self,
        changes: "Iterable[certifier_client.Change]",
        *,
        workers: int = 4,
        rate: "float | certifier_client.Pacer | None" = None,
        journal: "str | PathLike[str] | certifier_client.Journal | None" = None,
        keep_before: bool = False,
    ) -> "certifier_client.AsyncUpdates":
        """Do what ``CredentialTemplates.update_many`` does; iterate over it with ``async for``."""
        from certifier_client.bulk.async_run import AsyncUpdates  # noqa: PLC0415 - most programs do without
        from certifier_client.bulk.run import work_of  # noqa: PLC0415

        work = work_of(
            self._calls.settings,
            workers=workers,
            rate=rate,
            journal=journal,
            keep_before=keep_before,
        )
        return AsyncUpdates(self._calls, changes, work, workers)


def request_of_update(settings: Any, template_id: Any, fields: Any) -> Any:
    """Return the operation and its arguments, checked."""
    from certifier_client._call.operation import prepared
    from certifier_generated.types import UNSET

    unknown = fields.keys() - {p.name for p in generated.UPDATE.parameters}
    if unknown:
        raise InputError(f"unknown field {', '.join(sorted(map(str, unknown)))}")
    arguments = {p.name: UNSET for p in generated.UPDATE.parameters if p.location == "body"}
    arguments |= {"id": template_id, **fields}
    prepared(generated.UPDATE).kwargs(arguments, settings.parameters)
    return generated.UPDATE, arguments
