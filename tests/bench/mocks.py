"""Compare Prism, a mock server for OpenAPI, with the contract's table: `make bench-mocks`.

Prints how many rows of each kind Prism and the sandbox respond to as the model does; the sandbox's
README has the total. Prism is installed from the npm registry into build/prism.
"""

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # a script can only import from its own folder
from contract.model import Request, Response
from contract.pair import OverSocket, Pair, Reply, over_socket
from contract.request_table import rows
from support import ROOT

PRISM = "@stoplight/prism-cli@5.16.0"
NOW = "2026-03-01T00:00:00.000Z"


def main() -> None:
    """Send every row to both servers and print the comparison."""
    prism = Prism()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    with over_socket() as sandbox:
        pair = Pair(sandbox)
        for name, request in rows():
            pair.reset(NOW)
            expected = pair.model.response(request)
            ours, theirs = sandbox.send(request), prism.send(request)
            for family in (name.partition(":")[0].replace("_", " "), "all"):
                counts[family]["rows"] += 1
                counts[family]["sandbox"] += same(request, ours, expected)
                counts[family]["Prism"] += same(request, theirs, expected)
                counts[family]["only its status"] += theirs[0] == expected.status
    prism.stop()
    columns = list(counts["all"])
    say("", *columns)
    say("---", *("---:" for _ in columns))
    # The total comes last.
    for family in sorted(counts, key=lambda family: family == "all"):
        say(family, *(counts[family][column] for column in columns))
    sys.stdout.write(f"\nPrism did not respond to {prism.without_response} rows within a second.\n")


def say(*cells: object) -> None:
    """Print a line of the table."""
    sys.stdout.write(f"| {' | '.join(map(str, cells))} |\n")


def same(request: Request, reply: Reply, expected: Response) -> bool:
    """Whether status and body are as expected; an undocumented message may be anything."""
    status, _, body = reply
    if status != expected.status or request.method == "HEAD":
        return status == expected.status
    got: Any = json.loads(body) if body else {}
    if "error" not in expected.body:
        return bool(got == expected.body)
    error: Any = got.get("error") if isinstance(got, dict) else None
    wanted = {key: value for key, value in expected.body["error"].items() if value is not None}
    return isinstance(error, dict) and wanted.items() <= error.items()


class Prism:
    """Prism on its own port; it is restarted after a request has crashed it."""

    without_response = 0

    def __init__(self) -> None:
        folder = ROOT / "build/prism"
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["npm",  # noqa: S607 - found on the path, as in the Makefile
             "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund",
             "--loglevel=error", PRISM],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._command = [
            *(str(folder / "node_modules/.bin/prism"), "mock"),
            *("--port", str(self._port), str(ROOT / "openapi.yaml")),
        ]
        self._start()

    def send(self, request: Request) -> Reply:
        """Return the response to a request; status 0 if there is none."""
        service = OverSocket(f"http://127.0.0.1:{self._port}", timeout=1)
        try:
            return service.send(request)
        except (OSError, http.client.HTTPException):
            self.without_response += 1
            if self._process.poll() is not None:
                self._start()
            return 0, {}, b""
        finally:
            service.close()

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(600):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self._port)).close()
                return
            time.sleep(0.1)
        raise TimeoutError(f"{PRISM} does not listen")


if __name__ == "__main__":
    main()
