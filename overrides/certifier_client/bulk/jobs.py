"""The jobs behind the methods of CredentialTemplates for many templates."""

import functools
import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from certifier_client.bulk.apply import Apply
from certifier_client.bulk.change import Change, PlannedChange
from certifier_client.bulk.journal import Journal, Server
from certifier_client.bulk.undo import Undo
from certifier_client.operations import UPDATE

if TYPE_CHECKING:
    from certifier_client import AsyncCertifier, Certifier

JournalPath = str | os.PathLike[str]


def server_of(client: "Certifier | AsyncCertifier") -> Server:
    """Return the server whose templates a client changes."""
    request = client.credential_templates.update_request("any")
    version = next(parameter for parameter in UPDATE.parameters if parameter.location == "header")
    return Server(client.base_url, request.headers[version.wire])


def update_many(
    client: "Certifier | AsyncCertifier",
    changes: Iterable[Change],
    journal: JournalPath | None,
    *,
    snapshot: bool,
) -> Apply:
    """Return the job of ``update_many``."""
    opening = functools.partial(Journal, journal or "", server_of(client), create=True)
    return Apply(enumerate(changes, 1), None if journal is None else opening, snapshot=snapshot)


def undo(client: "Certifier | AsyncCertifier", journal: JournalPath) -> Undo:
    """Return the job of ``undo``."""
    return Undo(client, functools.partial(Journal, journal, server_of(client)))


def plan_undo(
    client: "Certifier | AsyncCertifier", journal: JournalPath
) -> Iterator[PlannedChange]:
    """Return what ``undo`` would send."""
    job = undo(client, journal)
    with closing(job):
        job.open()
        yield from job.items()
