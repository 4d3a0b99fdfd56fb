"""Histories of a list (runs, kills, faults, copied journals, undos), and a model to check them."""

import json
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import attrs
from starlette.responses import Response

from bulk.command import COMMAND
from bulk.lists import environment
from certifier_sandbox import Sandbox
from certifier_sandbox.injection import Injection

WORKERS = 4
CHANGES = 300
TEMPLATES = 60
PREFIX = "01g90279gp5sbmfek7wymc0"
FIELDS = ("name", "learning_event_url", "design_ids")
FAULTS = ("none", *["kill"] * 5, "interrupt", "503", "429", "drop", "401")


@attrs.define
class Figures:
    """What the histories showed.

    Attributes:
        histories: the number of histories.
        kills: the number of commands that were killed.
        lost: changes that no response confirmed by the end.
        wrong: templates that differ from the model.
        untrue_reports: false statements of the command.
        most_extra: the most changes that a run sent again after a kill.
        notes: details of untrue reports.

    """

    histories: int = 0
    kills: int = 0
    lost: int = 0
    wrong: int = 0
    untrue_reports: int = 0
    most_extra: int = 0
    notes: list[str] = attrs.field(factory=list)


Values = dict[str, object]


def values_of(sandbox: Sandbox) -> dict[str, Values]:
    """Return the current fields of the templates."""
    return {
        template.id: {
            "name": template.name,
            "learning_event_url": template.learning_event_url,
            "design_ids": list(template.design_ids),
        }
        for template in sandbox.templates.values()
        if template.id.startswith(PREFIX)
    }


class History:
    """One list, and everything that happens to it."""

    def __init__(
        self, sandbox: Sandbox, folder: Path, seed: int, figures: Figures, changes: int
    ) -> None:
        self.rng = random.Random(seed)
        self.sandbox = sandbox
        self.figures = figures
        self.seed = seed
        self.path = folder / f"{seed}.csv"
        self.journal = Path(f"{self.path}.journal")
        self.report = folder / "report"
        sandbox.reset()
        for number in range(TEMPLATES):
            sandbox.seed(
                id=f"{PREFIX}{number:03d}",
                name=f"old {number}",
                learning_event_url=f"https://example.org/old/{number}",
                design_ids=[f"old{number}"],
            )
        self.before = values_of(sandbox)
        self.changes = self._listed(changes)
        self.applied: set[int] = set()  # lines that a response has confirmed since the last undo
        self.killed: set[int] | None = None  # lines that were confirmed before the last kill
        self.said = ""  # what the last command printed

    def _listed(self, number: int) -> dict[int, dict[str, Any]]:
        """Write the file; each change has values that no other one has."""
        ids = sorted(self.before)
        changes: dict[int, dict[str, Any]] = {}
        with self.path.open("w") as file:
            print("id,name,learning_event_url,design_ids", file=file)
            for line in range(2, number + 2):
                template = "nowhere" if self.rng.random() < 0.01 else self.rng.choice(ids)
                new = {
                    "name": f"new {line}",
                    "learning_event_url": f"https://example.org/{line}",
                    "design_ids": [f"new{line}"],
                }
                fields = self.rng.sample(FIELDS, self.rng.randint(1, 3))
                changes[line] = {"id": template, **{name: new[name] for name in fields}}
                cells = [
                    "" if name not in fields else str(new[name]).strip("[]'") for name in FIELDS
                ]
                print(template, *cells, sep=",", file=file)
        return changes

    def after(self) -> dict[str, Values]:
        """Return the templates once everything is applied."""
        values = {template: dict(fields) for template, fields in self.before.items()}
        for change in self.changes.values():
            if change["id"] in values:
                values[change["id"]] |= {n: v for n, v in change.items() if n != "id"}
        return values

    def run(self) -> None:
        """Run random steps with faults; then apply the rest, check it, and undo it."""
        snapshot = self.rng.random() < 0.8
        for _ in range(self.rng.randint(3, 8)):
            step = self.rng.choice(["apply", "apply", "undo", "undo", "copy"])
            fault = self.rng.choice(FAULTS)
            if step == "copy" and self.journal.exists():
                shutil.copy(self.journal, self.path.parent / "copy")
                self.journal.unlink()
                Path(f"{self.journal}-journal").unlink(missing_ok=True)
                shutil.move(self.path.parent / "copy", self.journal)
            elif step == "undo":
                self.undo(fault)
            else:
                self.apply(fault, snapshot=snapshot)
        for _ in range(3):
            if self.apply("none", snapshot=snapshot) in {0, 8} and not self.left():
                break
        now, after = values_of(self.sandbox), self.after()
        self.figures.lost += len(self.left())
        self.figures.wrong += sum(now[template] != after[template] for template in after)
        if snapshot:
            code = self.undo("none")
            self.expect(code == 0, f"the last undo ended with {code}: {self.said}")
        self.figures.histories += 1

    def left(self) -> set[int]:
        """Return the lines that no response has confirmed."""
        valid = {line for line, change in self.changes.items() if change["id"] in self.before}
        return valid - self.applied

    def expect(self, is_true: bool, otherwise: str) -> None:  # noqa: FBT001
        """Count a statement that is not true."""
        if not is_true:
            self.figures.untrue_reports += 1
            self.figures.notes.append(f"history {self.seed}: {otherwise}")

    def apply(self, fault: str, *, snapshot: bool) -> int:
        """Apply the list, and check the report."""
        command = ["apply", self.path, "--workers", WORKERS, "--report", self.report]
        code, confirmed, said = self._command([*command, *(["--snapshot"] * snapshot)], fault)
        if self.killed is not None:
            self.figures.most_extra = max(self.figures.most_extra, len(confirmed & self.killed))
        self.killed = confirmed if code == -signal.SIGKILL else None
        before, self.applied = self.applied, self.applied | confirmed
        for text in self.report.read_text().splitlines() if code >= 0 else ():
            outcome = json.loads(text)
            line, kind = outcome["line"], outcome["outcome"]
            if kind == "applied":
                self.expect(line in confirmed, f"line {line} was not applied")
            elif kind == "done":
                self.expect(line in before, f"line {line} was not done before")
            elif kind == "rejected":
                self.expect(self.changes[line]["id"] == "nowhere", f"line {line} is valid: {text}")
            else:
                self.expect(line not in confirmed or kind == "failed", f"line {line} was applied")
        if code == 0 or (code == 8 and not re.search(r"failed|blocked|not sent", said)):
            self.expect(values_of(self.sandbox) == self.after(), "apply: not all is applied")
        return code

    def undo(self, fault: str) -> int:
        """Undo the list, and check the report."""
        code, _, said = self._command(["undo", self.journal, "--workers", WORKERS], fault)
        now = values_of(self.sandbox)
        changed = {template for template in now if now[template] != self.before[template]}
        if code in {0, 2}:
            self.expect(not changed, f"undo ended with {code}, and {len(changed)} are changed")
        if code == 8:
            silent = {template for template in changed if template not in said}
            self.expect(not silent, f"undo does not name {silent}")
        # A line counts as applied only if a template still has what it sets, or was set after it.
        unchanged = set(now) - changed
        self.applied = {line for line in self.applied if self.changes[line]["id"] not in unchanged}
        self.killed = None
        return code

    def _command(self, arguments: list[Any], fault: str) -> tuple[int, set[int], str]:
        """Run the command with a fault; return its exit code, confirmed lines, and messages."""
        self.report.write_text("")
        confirmed: set[int] = set()
        most = TEMPLATES if arguments[0] == "undo" else len(self.changes)
        moment = self.rng.randint(1, most)
        process: list[subprocess.Popen[str]] = []
        with self._watched(confirmed, moment, fault, process):
            command = [*COMMAND, *map(str, arguments)]
            with subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                env=environment(self.sandbox),
            ) as started:
                process.append(started)
                _, self.said = started.communicate()
        self.figures.kills += started.returncode == -signal.SIGKILL
        return started.returncode, confirmed, self.said

    @contextmanager
    def _watched(
        self, confirmed: set[int], moment: int, fault: str, process: list[Any]
    ) -> Iterator[None]:
        """Cause a fault at a request; collect the changes that the server confirms."""
        log = self.sandbox._state.log
        add: Any = log.add
        came = 0

        def add_and_do(*request: Any) -> Any:
            nonlocal came
            came += 1
            if came == moment:
                self._happen(fault, process[0])
            return add(*request)

        with mock.patch.object(log, "add", add_and_do):
            yield
        by_value = {
            value: line
            for line, change in self.changes.items()
            for value in (json.dumps(change[name]) for name in FIELDS if name in change)
            if change["id"] in self.before
        }
        self._settle()
        for entry in self.sandbox.requests:
            if entry.status == 200 and entry.body:
                for value in json.loads(entry.body).values():
                    if line := by_value.get(json.dumps(value)):
                        confirmed.add(line)
        self.sandbox._state.log.clear()
        self.sandbox._state.injections.clear()

    def _settle(self) -> None:
        """Wait until the server has handled all requests; a dropped one never has a status."""
        end = time.monotonic() + 0.2
        while any(entry.status is None for entry in self.sandbox.requests):
            if time.monotonic() > end:
                return
            time.sleep(0.01)

    def _happen(self, fault: str, process: Any) -> None:
        if fault == "kill":
            process.kill()
        elif fault == "interrupt":
            process.send_signal(signal.SIGINT)
        elif fault != "none":
            respond = None if fault == "drop" else lambda: Response(status_code=int(fault))
            times = self.rng.randint(1, 12)
            self.sandbox._state.injections.add(Injection(0, respond), times=times)
