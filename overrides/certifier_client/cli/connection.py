"""The options that all commands share: where the API is, and the access token."""

import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from certifier_client import errors
from certifier_client.bulk.jobs import server_of
from certifier_client.cli import output
from certifier_client.client import Certifier
from certifier_client.options import Options

BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url", envvar="CERTIFIER_BASE_URL", help="The URL of the API.", show_default=False
    ),
]
AllowHttp = Annotated[
    bool,
    typer.Option(
        "--allow-http",
        help="Allow http within your own network; the token is sent unencrypted.",
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", help="A file with only the access token.", metavar="PATH"),
]
Yes = Annotated[
    bool,
    typer.Option("--yes", "-y", help="Do not ask before writing to another host."),
]
Rate = Annotated[
    float | None,
    typer.Option(help="The most requests a second; by default, as many as the service allows."),
]
Workers = Annotated[int, typer.Option(help="The most updates in flight at a time.")]


def client_of(
    base_url: str | None, token_file: Path | None, *, allow_http: bool, offline: bool
) -> Certifier:
    """Return a client with these options.

    Args:
        base_url: the option.
        token_file: the option.
        allow_http: the option.
        offline: whether nothing will be sent; then no token is needed.

    Raises:
        InputError: there is no access token, or an option is invalid.

    """
    options: Options = {"access_token": "none"} if offline else _token(token_file)
    options["allow_http"] = allow_http
    if base_url is not None:
        options["base_url"] = base_url
    return Certifier(**options)


def _token(file: Path | None) -> Options:
    """Return the client's option for the token; without it, the client reads the environment."""
    if file:
        try:
            token = file.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise errors.InputError(f"the token file {file} cannot be read: {error}") from None
        if not token.strip():
            raise errors.InputError(f"the token file {file} is empty")
        return {"access_token": token}
    if "CERTIFIER_ACCESS_TOKEN" in os.environ:
        return {}
    if not (sys.stdin and sys.stdin.isatty()):
        raise errors.InputError("no access token: set CERTIFIER_ACCESS_TOKEN or pass --token-file")
    with _signals_noticed():
        return {"access_token": typer.prompt("Access token", hide_input=True, err=True)}


def _wake(number: int, frame: object) -> None:
    """Do nothing but interrupt a read."""


@contextmanager
def _signals_noticed() -> Generator[None]:
    """Interrupt a read now and then, or Python would notice a signal before it only at its end."""
    if not hasattr(signal, "setitimer"):  # Windows, where a read is interrupted in any case
        yield
        return
    before = signal.signal(signal.SIGALRM, _wake)
    signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def confirm(client: Certifier, what: str, *, yes: bool) -> None:
    """Report what will be written where; on a terminal, ask if that is another machine.

    Raises:
        typer.Abort: the person declines.

    """
    output.say(f"{what}: {output.safe(server_of(client))}")
    is_here = urlsplit(client.base_url).hostname in {"localhost", "127.0.0.1", "::1"}
    if not yes and not is_here and is_interactive():
        with _signals_noticed():
            typer.confirm("Write there?", abort=True, err=True)


def is_interactive() -> bool:
    """Return whether there is someone to ask."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty())
