"""The report of a run against another server: on the terminal, and as JSON."""

import json
import re
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from contract.live.settings import Settings

AGREES, DIFFERS, OBSERVED = "agrees", "DIFFERS", "observed"
MAX_DETAIL = 400  # characters
MIN_TOKEN = 3  # characters; a shorter one would hide too much
PATH = Path("build/contract/live.json")


@dataclass(frozen=True)
class Finding:
    """The result of a check; the detail is empty if the server agrees."""

    verdict: str
    name: str
    detail: str = ""


class Report:
    """The findings. No output contains a token, even if a server echoes it or part of it."""

    def __init__(self, *tokens: str) -> None:
        # Some rows send a token without its first or last character, or in different case.
        altered = [
            f"({re.escape(t[:1])})?{re.escape(t[1:-1])}({re.escape(t[-1:])})?"
            for t in tokens
            if len(t) >= MIN_TOKEN
        ]
        self._tokens = re.compile("|".join(altered), re.IGNORECASE) if altered else None
        self._findings: list[Finding] = []

    def hide(self, text: str) -> str:
        """Return the text with the tokens replaced."""
        return self._tokens.sub("<token>", text) if self._tokens else text

    def clean(self, text: str) -> str:
        """Return the line without tokens and without terminal control characters."""
        return "".join(c if c.isprintable() else "?" for c in self.hide(text))

    def short(self, text: str) -> str:
        """Return the text cleaned, and truncated if it is long."""
        # Cleaned before it is truncated, so that no part of a token remains.
        clean = self.clean(text)
        return clean if len(clean) <= MAX_DETAIL else f"{clean[:MAX_DETAIL]}…"

    def say(self, *lines: str) -> None:
        """Print lines."""
        # A closed pipe must not prevent the template from being restored.
        with suppress(OSError):
            print(*map(self.clean, lines), sep="\n", flush=True)  # noqa: T201 - the command's output

    def add(self, finding: Finding) -> None:
        """Print a finding and keep it."""
        detail = self.short(finding.detail)
        self._findings.append(Finding(finding.verdict, finding.name, detail))
        self.say(f"{finding.verdict:9} {finding.name}{detail and ': '}{detail}")

    @property
    def differs(self) -> bool:
        """Whether any check found a difference."""
        return any(finding.verdict == DIFFERS for finding in self._findings)

    def end(
        self, settings: Settings, stopped: str, differing: list[str] | None, sent: int = 1
    ) -> None:
        """Print the summary, and write the report; `differing` is what `Run.restore` returned."""
        counts = Counter(finding.verdict for finding in self._findings)
        self.say(
            "",
            f"{len(self._findings)} checks: {counts[AGREES]} agree, {counts[DIFFERS]} differ, "
            f"{counts[OBSERVED]} only observed; {sent} requests sent",
        )
        if stopped:
            self.say(self.short(f"Not all checks were made: {stopped}"))
        if differing is not None:
            exceptions = f", except for {', '.join(differing)}" if differing else ""
            self.say(f"The template has its original values{exceptions}.")
        data = {
            "url": settings.url,
            "endedAt": datetime.now(UTC).isoformat(timespec="seconds"),
            "stopped": stopped or None,
            "restored": differing is not None,
            "requests": sent,
            "checks": [asdict(finding) for finding in self._findings],
        }
        self._write(f"{json.dumps(data, indent=2)}\n")

    def _write(self, text: str) -> None:
        try:
            PATH.parent.mkdir(parents=True, exist_ok=True)
            PATH.write_text(self.hide(text))
        except OSError as error:
            self.say(f"The report could not be written: {error}")
        else:
            self.say(f"Written to {PATH}")
