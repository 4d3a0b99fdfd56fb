"""What `make bench` tells: tables, figures, a picture, and the measured part of the document."""

import json
import platform
import re
import subprocess
from statistics import median
from typing import Any

from bench.speed.environments import ROOT, environment, python

TITLES = {
    "sync": "One call after another, synchronous",
    "async50": "50 calls at a time, asynchronous",
    "memory": "Without a network, synchronous",
}
DOCUMENT = ROOT / "docs/performance.md"
PICTURE = ROOT / "docs/performance.svg"
FIGURES = ROOT / "build/figures/bench.json"
# Whose versions matter for the figures.
_TOLD = re.compile(
    r"aiohttp|httpx|httpcore|h11|anyio|openai|openapi-.*|pydantic|requests|urllib3|certifier-client"
)


def table(contest: str, measured: list[Any]) -> str:
    """Return a contest as a Markdown table."""
    lines = [
        f"### {TITLES[contest]}",
        "",
        "| | CPU per call | calls per second | ratio to httpx | spread |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    rows = [
        f"| {of.contender.name} | {median(of.cpu):.0f} µs | {1e6 / median(of.wall):,.0f} "
        f"| {median(of.ratio):.3f} | {min(of.ratio):.3f} to {max(of.ratio):.3f} |"
        for of in sorted(measured, key=lambda of: median(of.ratio))
    ]
    return "\n".join([*lines, *rows, ""])


def starts(ratios: dict[str, list[float]]) -> str:
    """Return the starts as a Markdown table."""
    names = {"import": "`import`", "first_call": "from process start to the first answer"}
    lines = ["### Starts", "", "| | ratio to httpx | spread |", "| --- | ---: | --- |"]
    for name, found in ratios.items():
        spread = f"{min(found):.3f} to {max(found):.3f}"
        lines.append(f"| {names[name]} | {median(found):.3f} | {spread} |")
    return "\n".join([*lines, ""])


def growth(grown: dict[str, float]) -> str:
    """Return the growth as a line."""
    told = ", ".join(f"{kib:.0f} KiB ({name})" for name, kib in grown.items())
    return f"Memory grew in the second 10,000 calls by {told}.\n"


def write(
    contests: dict[str, list[Any]],
    started: dict[str, list[float]],
    grown: dict[str, float],
    installed: dict[str, dict[str, str]],
) -> None:
    """Write the figures, the picture, and the measured part of the document."""
    FIGURES.parent.mkdir(parents=True, exist_ok=True)
    FIGURES.write_text(json.dumps(_figures(contests, started, grown), indent=2) + "\n")
    parts = [
        *(table(contest, measured) for contest, measured in contests.items()),
        starts(started),
        growth(grown),
        _machine(installed),
    ]
    text = DOCUMENT.read_text()
    begin, end = "<!-- measured -->\n", "<!-- end -->\n"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    DOCUMENT.write_text(f"{before}{begin}\n" + "\n".join(parts) + f"\n{end}{after}")
    _draw(contests)
    print(f"written: {FIGURES.relative_to(ROOT)}, {DOCUMENT.relative_to(ROOT)} and its picture")


def _figures(
    contests: dict[str, list[Any]], started: dict[str, list[float]], grown: dict[str, float]
) -> dict[str, object]:
    def ratio(contest: str, function: str) -> float | None:
        found = [of for of in contests[contest] if of.contender.function == function]
        return round(median(found[0].ratio), 3) if found else None

    def best(contest: str) -> list[object] | None:
        peers = [of for of in contests[contest] if of.contender.generated]
        if not peers:
            return None
        least = min(peers, key=lambda of: median(of.ratio))
        return [least.contender.name, round(median(least.ratio), 3)]

    return {
        "sync": ratio("sync", "certifier_client"),
        "async50": ratio("async50", "certifier_client_async"),
        "async50_fast": ratio("async50", "certifier_client_fast"),
        "memory": ratio("memory", "certifier_client_memory"),
        **{name: round(median(found), 3) for name, found in started.items()},
        "best_peer_sync": best("sync"),
        "best_peer_async50": best("async50"),
        "grown_kib": grown,
    }


def _machine(installed: dict[str, dict[str, str]]) -> str:
    named = sorted(
        {
            f"{name} {version}"
            for packages in installed.values()
            for name, version in packages.items()
            if _TOLD.fullmatch(name)
        }
    )
    python_version = platform.python_version()
    return f"Measured with Python {python_version} on {platform.machine()}; {', '.join(named)}.\n"


_DRAWING = """
import json, sys
import matplotlib
matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "bench", "font.family": "sans-serif", "font.size": 9})
import matplotlib.pyplot as plt

panels, target = json.load(sys.stdin), sys.argv[1]
heights = [len(rows) for _, rows in panels]
figure, axes = plt.subplots(
    len(panels), figsize=(8, sum(heights) * 0.28 + 1.6), height_ratios=heights, layout="constrained"
)
for axis, (title, rows) in zip(axes, panels):
    names, ratios, ours = zip(*reversed(rows))
    colours = ["#1b6ca8" if own else "#b9c4cc" for own in ours]
    bars = axis.barh(names, ratios, color=colours)
    axis.bar_label(bars, [f"{ratio:.2f}" for ratio in ratios], padding=3)
    axis.set_title(title + ": processor time per call, httpx = 1", loc="left")
    axis.spines[["top", "right"]].set_visible(False)
    axis.margins(x=0.08)
figure.savefig(target, metadata={"Date": None})
"""


def _draw(contests: dict[str, list[Any]]) -> None:
    panels = [
        (
            TITLES[contest],
            sorted(
                (
                    (of.contender.name, median(of.ratio), "certifier-client" in of.contender.name)
                    for of in contests[contest]
                ),
                key=lambda row: row[1],
            ),
        )
        for contest in ("sync", "async50")
    ]
    drawn = subprocess.run(
        [python("peers"), "-c", _DRAWING, str(PICTURE)],
        input=json.dumps(panels),
        env=environment("peers"),
        text=True,
        capture_output=True,
        check=False,
    )
    if drawn.returncode:
        print(f"no picture: {drawn.stderr.strip().splitlines()[-1]}")
