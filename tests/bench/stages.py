"""Report how long each stage of a synchronous call takes, in microseconds of CPU time.

.venv/bin/python tests/bench/stages.py [--write]

With --write, the table goes into docs/performance.md.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # a script can only import from its own folder
from bench.speed import performance_page, server_process
from certifier_client import Certifier
from certifier_client._call.operation import prepared
from certifier_client.blocking import run
from certifier_generated.api.credential_templates import UPDATE
from certifier_generated.types import UNSET

TOKEN = "cfp_0123456789abcdef"
TEMPLATE_ID = "01g90279gp5sbmfek7wymcsvec"
CALLS = 2_000


def microseconds(call: Callable[[], object]) -> float:
    """Return the median CPU time of a call."""
    taken: list[float] = []
    for _ in range(9):
        began = time.process_time()
        for _ in range(CALLS // 8):
            call()
        taken.append(1e6 * (time.process_time() - began) / (CALLS // 8))
    return median(taken)


def main() -> None:
    """Measure, and report."""
    with (
        server_process.plain() as server,
        Certifier(base_url=server.url, access_token=TOKEN) as certifier,
    ):
        rows = measure(certifier)
    lines = ["| stage | µs |", "| --- | ---: |"]
    lines += [f"| {stage} | {taken:.0f} |" for stage, taken in rows.items()]
    text = "\n".join([*lines, ""])
    print(text)
    if "--write" in sys.argv[1:]:
        performance_page.replace_part("stages", text)


def measure(certifier: Certifier) -> dict[str, float]:
    """Return how long each stage takes with a client."""
    caller = certifier._caller
    update = prepared(UPDATE)
    arguments: dict[str, Any] = {
        "id": TEMPLATE_ID,
        "name": "a",
        "design_ids": UNSET,
        "learning_event_url": "https://example.org/a",
    }
    kwargs = update.kwargs(arguments, {})
    request = caller._builder.build(TOKEN, kwargs)
    response = caller.call(UPDATE, arguments)[1]
    stages = {
        "validate the arguments": lambda: update.kwargs(arguments, {}),
        "build the request": lambda: caller._builder.build(TOKEN, kwargs),
        "send it and read the response": lambda: run(
            caller.sender.attempt(request, time.monotonic() + 60, fresh=False)
        ),
        "decode the template": lambda: update.parse(response, arguments),
        "the whole call": lambda: certifier.credential_templates.update(
            TEMPLATE_ID, name="a", learning_event_url="https://example.org/a"
        ),
    }
    return {stage: microseconds(call) for stage, call in stages.items()}


if __name__ == "__main__":
    main()
