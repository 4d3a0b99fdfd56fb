"""Say how long each stage of a synchronous call takes, in microseconds.

.venv/bin/python tests/bench/stages.py
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from certifier_client import Certifier
from certifier_client._http.mode import run
from certifier_client.credential_templates import request_of_update

TEMPLATE_ID = "01g90279gp5sbmfek7wymcsvec"
CALLS = 2_000


def microseconds(call: Callable[[], object]) -> float:
    """Return the median of some measurements of a call's processor time."""
    taken: list[float] = []
    for _ in range(9):
        began = time.process_time()
        for _ in range(CALLS // 8):
            call()
        taken.append(1e6 * (time.process_time() - began) / (CALLS // 8))
    return median(taken)


def main() -> None:
    """Measure, and tell."""
    server = Path(__file__).parent / "speed/server.py"
    with subprocess.Popen([sys.executable, server], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        with Certifier(base_url=url, access_token="cfp_0123456789abcdef") as certifier:
            measure(certifier)
        process.kill()


def measure(certifier: Certifier) -> None:
    """Measure a client."""
    caller = certifier._caller
    kwargs, read = request_of_update(
        caller.settings, TEMPLATE_ID, {"name": "a", "learning_event_url": "https://example.org/a"}
    )
    request = caller._builder.build(**kwargs)
    response = run(caller.call(kwargs, read))[1]
    stages = {
        "check the input, make the generated arguments": lambda: request_of_update(
            caller.settings,
            TEMPLATE_ID,
            {"name": "a", "learning_event_url": "https://example.org/a"},
        ),
        "make the request": lambda: caller._builder.build(**kwargs),
        "send it and read the answer": lambda: run(
            caller.sender.attempt(request, time.monotonic() + 60, fresh=False)
        ),
        "read the template": lambda: read(response),
        "all of a call": lambda: certifier.credential_templates.update(
            TEMPLATE_ID, name="a", learning_event_url="https://example.org/a"
        ),
    }
    for name, stage in stages.items():
        print(f"{name:50} {microseconds(stage):6.0f}")


if __name__ == "__main__":
    main()
