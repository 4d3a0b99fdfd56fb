"""Search everything that a call leaves behind for its access token, the canary."""

import copy
import logging
import pickle
import traceback
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from certifier_client import CertifierError
from faults.fault import CANARY, Result


def captured(error: BaseException | None) -> Iterator[str]:
    """Return the local variables of this package's frames, which an error reporter would show."""
    while error:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if str(frame.f_globals.get("__name__")).startswith("certifier_"):
                yield from map(repr, frame.f_locals.values())
        error = error.__cause__ or error.__context__


def found(
    result: Result,
    records: Iterable[logging.LogRecord],
    warned: Iterable[warnings.WarningMessage],
    folder: Path,
) -> list[str]:
    """Return the places where the canary appears.

    Args:
        result: what the call returned or raised.
        records: what was logged.
        warned: the warnings.
        folder: where the call could have written files.

    """
    left = {"repr": repr(result), "str": str(result), "copy": repr(copy.deepcopy(result))}
    left["pickle"] = pickle.dumps(result, protocol=0).decode("latin-1")
    if isinstance(result, CertifierError):
        left["args"] = repr(result.args)
        left["traceback"] = "".join(traceback.format_exception(result))
        left["variables"] = " ".join(captured(result))
    else:
        left["JSON"] = repr(result.to_dict())
    left |= {
        f"log of {record.name}": record.getMessage() + repr(vars(record)) for record in records
    }
    left |= {f"warning {warning.message}": str(warning) for warning in warned}
    left |= {f"{path}": path.read_bytes().decode("latin-1") for path in folder.rglob("*.*")}
    return [place for place, text in left.items() if CANARY in text]
