"""The command ``update``."""

import inspect
import json
import shlex
from typing import Annotated, Any, cast

import typer

from certifier_client.cli import cells, connection, output
from certifier_client.models import CredentialTemplate
from certifier_client.operations import FIELDS, Parameter, schema_of
from certifier_client.request import Request

_TOKEN = "$CERTIFIER_ACCESS_TOKEN"  # noqa: S105 - a variable's name, in place of the token


def update(
    id: Annotated[  # noqa: A002 - the documentation's name
        str, typer.Argument(help="The id of the credential template.", show_default=False)
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the template as JSON, as the API returned it.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Print the request, also as a curl command, and send nothing."
        ),
    ] = False,
    base_url: connection.BaseUrl = None,
    allow_http: connection.AllowHttp = False,
    token_file: connection.TokenFile = None,
    yes: connection.Yes = False,
    **given: Any,  # noqa: ANN401 - an option for each field
) -> None:
    """Set fields of one credential template; the others stay unchanged.

    Without a field, the template is shown and nothing is changed.

    \b
    Examples:
      certifier-client update ID --name Markets
      certifier-client update ID --dry-run
    """  # noqa: D301 - a mark of click
    fields = {
        field.name: _value(field, given[field.name])
        for field in FIELDS
        if given[field.name] not in (None, [])
    }
    with connection.client_of(
        base_url, token_file, allow_http=allow_http, offline=dry_run
    ) as certifier:
        templates = certifier.credential_templates
        request = templates.update_request(id, **fields)
        if dry_run:
            show_request(request)
            return
        if fields and connection.is_interactive():
            connection.confirm(certifier, output.count(1), yes=yes)
        template, response = templates.update_with_response(id, **fields)
    try:
        if as_json:
            output.result(output.as_json(json.loads(response.body), indent=2))
        else:
            show_template(template)
    except OSError as error:
        what = "the template was updated" if fields else "nothing was changed"
        error.strerror = f"{error.strerror}; {what}"
        raise


def _value(field: Parameter, texts: Any) -> Any:  # noqa: ANN401 - one text or several
    schema = schema_of(field)
    if isinstance(texts, str):
        return cells.value_of(schema, texts)
    return [item for text in texts for item in cast("list[Any]", cells.value_of(schema, text))]


def _parameter(field: Parameter) -> inspect.Parameter:
    """Return an option of the command for a field of the API."""
    help_text = str(schema_of(field).get("description", ""))
    option = f"--{field.name.replace('_', '-')}"
    names, kind = [option], str
    if schema_of(field).get("type") == "array":
        names, kind = [option.removesuffix("s"), option], list[str]  # type: ignore[assignment]
        help_text += " Repeat it, or separate them by commas or spaces."
    annotation = Annotated[
        kind | None, typer.Option(*names, help=help_text)  # type: ignore[valid-type]
    ]
    return inspect.Parameter(
        field.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _with_fields(command: Any) -> None:  # noqa: ANN401 - a function
    """Give the command an option for each field."""
    signature = inspect.signature(command)
    first, *others = [p for p in signature.parameters.values() if p.name != "given"]
    fields = [_parameter(field) for field in FIELDS]
    others = [other.replace(kind=inspect.Parameter.KEYWORD_ONLY) for other in others]
    command.__signature__ = signature.replace(parameters=[first, *fields, *others])


_with_fields(update)


def show_template(template: CredentialTemplate) -> None:
    """Print a credential template."""
    found = template.to_dict()
    rows = {"id": template.id}
    rows |= {field.name.replace("_", " "): _shown(found.get(field.wire)) for field in FIELDS}
    rows["updated"] = template.updated_at.isoformat()
    for name, value in rows.items():
        output.result(f"{name + ':':20}{output.safe(value)}")


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, cast("list[object]", value))) or "none"
    return "none" if value is None else str(value)


def show_request(request: Request) -> None:
    """Print a request as it would be sent, and as a curl command."""
    body = output.as_json(json.loads(request.body), separators=(",", ":"))
    headers = [*request.headers.raw]
    names = [(name.decode(), value.decode()) for name, value in headers if name != b"Authorization"]
    output.result(f"{request.method} {request.url}")
    for name, value in (*names, ("Authorization", f"Bearer {_TOKEN}")):
        output.result(f"{name}: {value}")
    output.result(f"\n{body}\n")
    written = {"content-length", "host"}
    options = [f"-H {shlex.quote(f'{n}: {v}')}" for n, v in names if n.lower() not in written]
    output.result(
        f'curl -X {request.method} {shlex.quote(request.url)} -H "Authorization: Bearer {_TOKEN}" '
        f"{' '.join(options)} --data-raw {shlex.quote(body)}"
    )
