"""What the run against another server tells: on the terminal, and as JSON."""

import json
import re
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from contract.live.settings import Settings

AGREES, DIFFERS, OBSERVED = "agrees", "DIFFERS", "observed"
LONGEST = 400
MINIMUM = 2  # characters of a token
PATH = Path("build/contract/live.json")


@dataclass(frozen=True)
class Finding:
    """What came of a check; where it agrees there is no more to tell."""

    verdict: str
    name: str
    detail: str = ""


class Report:
    """The findings. No token is in what leaves here, even if a server echoes it or half of it."""

    def __init__(self, *tokens: str) -> None:
        # Some rows send a token without its first or last character, or in another case.
        altered = [
            f"({re.escape(t[:1])})?{re.escape(t[1:-1])}({re.escape(t[-1:])})?"
            for t in tokens
            if len(t) > MINIMUM
        ]
        self._tokens = re.compile("|".join(altered), re.IGNORECASE) if altered else None
        self._findings: list[Finding] = []

    def hide(self, text: str) -> str:
        """Return a text without the tokens."""
        return self._tokens.sub("<token>", text) if self._tokens else text

    def clean(self, text: str) -> str:
        """Return a line without the token, and without what could steer a terminal."""
        return "".join(c if c.isprintable() else "?" for c in self.hide(text))

    def short(self, text: str) -> str:
        """Return a clean text, cut if it is long."""
        # Cleaned before it is cut, lest half a token be left.
        clean = self.clean(text)
        return clean if len(clean) <= LONGEST else f"{clean[:LONGEST]}…"

    def say(self, *lines: str) -> None:
        """Print lines."""
        # A reader that has gone must not keep the template from being restored.
        with suppress(OSError):
            print(*map(self.clean, lines), sep="\n", flush=True)  # noqa: T201 - a command's own output

    def add(self, finding: Finding) -> None:
        """Print a finding and keep it."""
        detail = self.short(finding.detail)
        self._findings.append(Finding(finding.verdict, finding.name, detail))
        self.say(f"{finding.verdict:9} {finding.name}{detail and ': '}{detail}")

    @property
    def differs(self) -> bool:
        """Whether a finding is a difference."""
        return any(finding.verdict == DIFFERS for finding in self._findings)

    def end(self, settings: Settings, stopped: str, moved: list[str] | None, sent: int = 1) -> None:
        """Print the summary, and write all to PATH; `moved` is what `Run.restore` returned."""
        counts = Counter(finding.verdict for finding in self._findings)
        self.say(
            "",
            f"{len(self._findings)} checks: {counts[AGREES]} agree, {counts[DIFFERS]} differ, "
            f"{counts[OBSERVED]} only observed; {sent} requests sent",
        )
        if stopped:
            self.say(self.short(f"Not all checks were made: {stopped}"))
        if moved is not None:
            self.say(f"The template is as it was{', but for ' if moved else ''}{', '.join(moved)}.")
        data = {
            "url": settings.url,
            "endedAt": datetime.now(UTC).isoformat(timespec="seconds"),
            "stopped": stopped or None,
            "restored": moved is not None,
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
