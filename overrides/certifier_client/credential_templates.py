"""Credential templates, formerly called groups: the operations under /v1/groups."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from os import PathLike  # noqa: TC003 - for typing.get_type_hints()
from typing import Any, TypedDict, Unpack

import httpx

import certifier_client
from certifier_client._call import decode, validation
from certifier_client._call.call import Caller
from certifier_client._call.request import Builder
from certifier_client._http.mode import run
from certifier_client.errors import InputError, InvalidResponseError
from certifier_client.models import CredentialTemplate
from certifier_client.options import Options, Settings
from certifier_client.rate_limiter import RateLimiter  # noqa: TC001 - likewise
from certifier_client.request import Request
from certifier_client.response import Response
from certifier_generated.api.credential_templates import update_credential_template_kwargs
from certifier_generated.models import CredentialTemplateUpdate


class CredentialTemplateFields(TypedDict, total=False):
    """The fields of a credential template that an update can set; what is left out stays as it is.

    Attributes:
        name: its name, which a design shows where it says ``[group.name]``.
        design_ids: the ids of its designs, in order and at least one; replaces the whole list.
        learning_event_url: an absolute http or https URL, shown in the digital wallet.

    """

    name: str
    design_ids: list[str]
    learning_event_url: str


_CHECKS: dict[str, Callable[[str, Any], object]] = {
    "name": validation.text,
    "design_ids": validation.ids,
    "learning_event_url": validation.web_address,
}


class CredentialTemplates:
    """The operations on credential templates; ``Certifier.credential_templates`` gives one."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def update(
        self,
        id: str,  # noqa: A002 - the documentation's name
        **fields: Unpack[CredentialTemplateFields],
    ) -> CredentialTemplate:
        """Set the given fields of a credential template and leave the others as they are.

        The documentation's "Update a credential template", PATCH /v1/groups/{id}. Without a field
        the template is not changed, and returned as it is.

        Args:
            id: the template's id, such as ``01g90279gp5sbmfek7wymcsvec``.
            **fields: any of ``name``, ``design_ids``, ``learning_event_url``; see
                CredentialTemplateFields.

        Returns:
            The whole template as it is now. A field that this version does not know is in
            ``template.additional_properties``, and ``template["itsName"]`` reads it.

        Raises:
            InputError: what was passed is certainly a mistake; nothing was sent.
            StatusError: the API refused; its subclasses tell the documented errors apart.
            InvalidResponseError: a 200 that is not this credential template as documented.
            TransportError: no whole answer came.
            ClosedError: the client is closed.

        >>> template = certifier.credential_templates.update(
        ...     "01g90279gp5sbmfek7wymcsvec", learning_event_url="https://example.org/markets"
        ... )
        >>> template.learning_event_url
        'https://example.org/markets'

        """
        return self.update_with_response(id, **fields)[0]

    def update_with_response(
        self,
        id: str,  # noqa: A002 - the documentation's name
        **fields: Unpack[CredentialTemplateFields],
    ) -> tuple[CredentialTemplate, Response]:
        """Do what ``update`` does; return the answer's status, headers and bytes as well.

        >>> template, response = certifier.credential_templates.update_with_response(
        ...     "01g90279gp5sbmfek7wymcsvec"
        ... )
        >>> response.status, response.headers["content-type"]
        (200, 'application/json')

        """
        return run(self._caller.call(*request_of_update(self._caller.settings, id, fields)))

    def update_request(
        self,
        id: str,  # noqa: A002 - the documentation's name
        **fields: Unpack[CredentialTemplateFields],
    ) -> Request:
        """Return the request that ``update`` would send, and send nothing."""
        kwargs, _ = request_of_update(self._caller.settings, id, fields)
        built = Builder(self._caller.settings).build("hidden", **kwargs)
        shown = [(name, value) for name, value in built.headers if name != b"Authorization"]
        return Request(built.method, built.url, httpx.Headers(shown), built.body)

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

        >>> changes = [{"id": "01g90279gp5sbmfek7wymcsvec", "name": "Financial Markets"}]
        >>> for outcome in certifier.credential_templates.update_many(changes, rate=10):
        ...     print(outcome.number, outcome.kind)
        1 applied

        """
        from certifier_client.bulk import jobs, run, updates  # noqa: PLC0415 - most do without

        client = self._client()
        job = jobs.update_many(client, changes, journal, snapshot=snapshot)
        return updates.Updates(run.Plan(client, job, workers, rate))

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

        >>> changes = [{"id": "01g90279gp5sbmfek7wymcsvec", "name": "World Markets"}]
        >>> for outcome in certifier.credential_templates.compare_many(changes):
        ...     print(outcome.kind, outcome.differences)
        different {'name': ('Financial Markets', 'World Markets')}

        """
        from certifier_client.bulk import compare, run, updates  # noqa: PLC0415

        job = compare.Compare(enumerate(changes, 1))
        return updates.Updates(run.Plan(self._client(), job, workers, rate))

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
        from certifier_client.bulk import jobs, run, updates  # noqa: PLC0415

        client = self._client()
        return updates.Updates(run.Plan(client, jobs.undo(client, journal), workers, rate))

    def plan_undo(
        self, journal: "str | PathLike[str]"
    ) -> "Iterator[certifier_client.PlannedChange]":
        """Return what ``undo`` would restore; nothing is sent.

        Raises:
            JournalError: there is no journal, it is another server's, or it cannot be read.

        """
        from certifier_client.bulk import jobs  # noqa: PLC0415

        return jobs.plan_undo(self._client(), journal)

    def _client(self) -> "certifier_client.Certifier":
        return certifier_client.Certifier.sharing(self._caller)


def request_of_update(
    settings: Settings, template_id: object, fields: CredentialTemplateFields
) -> tuple[dict[str, Any], Callable[[Response], CredentialTemplate]]:
    """Return the parts of the request, and what reads its answer."""
    identifier = validation.template_id(template_id)
    kwargs = update_credential_template_kwargs(
        identifier, body=CredentialTemplateUpdate(**_checked(fields)), **settings.parameters
    )
    return kwargs, partial(_read, identifier)


def _checked(fields: CredentialTemplateFields) -> dict[str, Any]:
    unknown = sorted(map(str, fields.keys() - _CHECKS.keys()))
    if options := sorted(Options.__annotations__.keys() & set(unknown)):
        raise InputError(
            f"{options[0]} is an option of the client: use certifier.with_options({options[0]}=…)"
        )
    if unknown:
        raise InputError(f"unknown field {', '.join(unknown)}: there are {', '.join(_CHECKS)}")
    for name, value in fields.items():
        if value is None:
            raise InputError(f"{name} is None: leave it out to keep it; a field cannot be cleared")
    return {name: _CHECKS[name](name, value) for name, value in fields.items()}


def _read(template_id: str, response: Response) -> CredentialTemplate:
    template = decode.read(CredentialTemplate, response)
    # The ids that were seen are ULIDs, which mean the same in either case.
    if template.id.lower() != template_id.lower():
        raise InvalidResponseError(response, f"id is {template.id!r}, which is another template's")
    return template
