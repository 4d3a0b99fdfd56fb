"""Credential templates, formerly called groups: the operations under /v1/groups."""

from collections.abc import Callable, Iterable
from functools import partial
from os import PathLike  # noqa: TC003 - for typing.get_type_hints()
from typing import Any, TypedDict, Unpack

import certifier_client  # noqa: TC001 - likewise; what it has, it imports when asked
from certifier_client._call import decode, validation
from certifier_client._call.call import Caller
from certifier_client._http.mode import run
from certifier_client.errors import InputError, InvalidResponseError
from certifier_client.models import CredentialTemplate
from certifier_client.options import Options, Settings
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
            self._caller.settings,
            workers=workers,
            rate=rate,
            journal=journal,
            keep_before=keep_before,
        )
        return Updates(self._caller, changes, work, workers)


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
