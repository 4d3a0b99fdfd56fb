"""The command line: `certifier-sandbox`, or `python -m certifier_sandbox`."""

import argparse
import contextlib
import errno
import signal
import sqlite3
import sys
from collections.abc import Sequence

from certifier_sandbox import (
    FREE_TEMPLATE_ID,
    FREE_TOKEN,
    PREMIUM_TOKEN,
    SECOND_TEMPLATE_ID,
    SECOND_TOKEN,
    TEMPLATE_ID,
    create_app,
)
from certifier_sandbox.server import listen, server_of, url_of

ORGANIZATIONS = f"""\
organization  token                                     template
premium       {PREMIUM_TOKEN}  {TEMPLATE_ID}
free          {FREE_TOKEN}  {FREE_TEMPLATE_ID}
second        {SECOND_TOKEN}  {SECOND_TEMPLATE_ID}
"""

EXAMPLE = f"""\
curl -X PATCH "{{url}}/v1/groups/{TEMPLATE_ID}" \\
  -H "Authorization: Bearer {PREMIUM_TOKEN}" \\
  -H "Certifier-Version: 2022-10-26" -H "Content-Type: application/json" \\
  -d '{{{{"name": "Financial Markets 2026"}}}}'
"""

NEXT = f"""\
export CERTIFIER_BASE_URL={{url}}
export CERTIFIER_ACCESS_TOKEN={PREMIUM_TOKEN}

Open {{url}}/_sandbox/ in a browser to see requests and templates, and to inject faults.
Ctrl-C stops the sandbox.
"""

EPILOG = f"""\
A new database has three organizations, each with one token and one template:

{ORGANIZATIONS}
Try it:

{EXAMPLE.format(url="http://127.0.0.1:4010")}
The control API resets the sandbox, creates templates, shows state and requests,
injects faults, and sets the rate limit and the clock:

curl http://127.0.0.1:4010/_sandbox/state
curl http://127.0.0.1:4010/_sandbox/requests
curl -X POST http://127.0.0.1:4010/_sandbox/injections -d '{{"status": 503, "times": 2}}'
curl -X POST http://127.0.0.1:4010/_sandbox/reset
"""


def main(argv: Sequence[str] | None = None) -> None:
    """Serve until interrupted, or raise `SystemExit` with a message."""
    arguments = _parser().parse_args(argv)
    # SIGTERM stops the sandbox like Ctrl-C, whenever it arrives.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        _serve(arguments)


def _serve(arguments: argparse.Namespace) -> None:
    try:
        app = create_app(arguments.database, rate_limit=arguments.rate_limit)
    except sqlite3.Error as error:
        sys.exit(f"certifier-sandbox: cannot use the database {arguments.database}: {error}")
    try:
        listener = listen(arguments.host, arguments.port)
    except OSError as error:
        hint = "; --port 0 picks a free one" if error.errno == errno.EADDRINUSE else ""
        sys.exit(f"certifier-sandbox: cannot listen: {error.strerror}{hint}")
    with listener:
        url = url_of(listener)
        texts = (ORGANIZATIONS, EXAMPLE.format(url=url), NEXT.format(url=url))
        hello = "\n".join([f"Sandbox at {url}\n", *texts])
        print(hello, flush=True)  # noqa: T201 people and scripts wait for this
        server_of(app).run([listener])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="certifier-sandbox",
        description="A sandbox server for PATCH /v1/groups/{id}, written from its documentation.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=_port, default=4010, help="port, or 0 for a free one (%(default)s)"
    )
    parser.add_argument(
        "--database", default=":memory:", metavar="FILE", help="where to store templates (memory)"
    )
    parser.add_argument(
        "--rate-limit", type=_positive, metavar="N", help="requests a second per token (no limit)"
    )
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004 - the message says what it is
        raise argparse.ArgumentTypeError(f"{text} is not a port from 0 to 65535")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of 1 or more")
    return int(text)


if __name__ == "__main__":
    main()
