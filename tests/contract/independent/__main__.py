"""Run the independent service, correct or with a named fault, and print its address.

Tokens and templates are in service.py.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # a folder that is run finds only its own
from contract.independent.catalogue import CHOICES, FAULTS
from contract.independent.server import Server
from contract.independent.service import Service

ALL = FAULTS | CHOICES


def main() -> None:
    """Read the options, and serve until it is interrupted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--fault", choices=ALL, metavar="NAME", help="one of --list, or of choices.py"
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default, is any free one")
    parser.add_argument("--rate-limit", type=int, default=3, help="requests in a second")
    parser.add_argument("--list", action="store_true", help="print the faults, and end")
    options = parser.parse_args()
    if options.list:
        for fault in FAULTS.values():
            print(f"{fault.name}\t{fault.sentence}")  # noqa: T201
        return
    service = ALL[options.fault].service if options.fault else Service
    server = Server(service(options.rate_limit), options.port)
    print(server.url, flush=True)  # noqa: T201
    server.serve_until_stopped()


if __name__ == "__main__":
    main()
