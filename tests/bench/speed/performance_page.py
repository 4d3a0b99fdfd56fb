"""Write what `make bench` measured: tables, figures, a chart, and parts of docs/performance.md."""

import json
import platform
import re
from statistics import median
from typing import Any

from bench.speed import picture
from bench.speed.environments import ROOT
from bench.speed.startup import Startup

TITLES = {
    "sync": "One call after another, synchronous",
    "sync_tls": "One call after another, synchronous, TLS",
    "async50": "50 calls at a time, asynchronous",
    "async50_sniffio": "50 calls at a time, asynchronous, with sniffio installed",
    "async50_tls": "50 calls at a time, asynchronous, TLS",
    "memory": "Without a network, synchronous",
}
FIGURES = ROOT / "build/figures/bench.json"
# The packages whose versions matter for the figures.
_NAMED = re.compile(
    r"aiohttp|anyio|certifier-client|h11|httpcore2?|httpx2?|openai|openapi-.*|pydantic|requests"
    r"|sniffio|urllib3"
)


def table(contest: str, measured: list[Any]) -> str:
    """Return a contest as a Markdown table."""
    lines = [
        f"## {TITLES[contest]}",
        "",
        "| client | CPU per call | calls per second | ratio to httpx | spread |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    rows = [
        f"| {of.contender.name} | {median(of.cpu):.0f} µs | {1e6 / median(of.wall):,.0f} "
        f"| {median(of.ratio):.3f} | {min(of.ratio):.3f} to {max(of.ratio):.3f} |"
        for of in sorted(measured, key=lambda of: median(of.ratio))
    ]
    return "\n".join([*lines, *rows, ""])


def starts(measured: list[Startup]) -> str:
    """Return the startup times as a Markdown table."""
    lines = [
        "## Startup",
        "",
        "| program | httpx | certifier-client | ratio to httpx | spread |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for start in measured:
        theirs, ours = (1000 * median(seconds) for seconds in zip(*start.seconds, strict=True))
        lines.append(
            f"| {start.title} | {theirs:.0f} ms | {ours:.0f} ms | {start.ratio:.3f} "
            f"| {min(start.ratios):.3f} to {max(start.ratios):.3f} |"
        )
    return "\n".join([*lines, ""])


def growth(grown: dict[str, float], calls: int) -> str:
    """Return the growth of memory as a line."""
    each = ", ".join(f"{kib:.0f} KiB ({name})" for name, kib in grown.items())
    return f"Memory grew in the second {calls:,} calls by {each}.\n"


def write(
    contests: dict[str, list[Any]],
    measured: list[Startup],
    growth_line: str,
    grown: dict[str, float],
    installed: dict[str, dict[str, str]],
) -> None:
    """Write the figures, the chart, and the measured parts of the page."""
    FIGURES.parent.mkdir(parents=True, exist_ok=True)
    FIGURES.write_text(json.dumps(_figures(contests, measured, grown), indent=2) + "\n")
    parts = [
        *(table(contest, rows) for contest, rows in contests.items()),
        starts(measured),
        growth_line,
        _machine(installed),
    ]
    replace_part("measured", "\n".join(parts))
    picture.draw()
    document = picture.DOCUMENT.relative_to(ROOT)
    print(f"written: {FIGURES.relative_to(ROOT)}, {document} and its picture")


def replace_part(name: str, text: str) -> None:
    """Replace the text between the markers of a part."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    before, _, rest = picture.DOCUMENT.read_text().partition(begin)
    _, _, after = rest.partition(end)
    picture.DOCUMENT.write_text(f"{before}{begin}\n{text}\n{end}{after}")


def _figures(
    contests: dict[str, list[Any]], measured: list[Startup], grown: dict[str, float]
) -> dict[str, object]:
    def ratio(contest: str, function: str) -> float | None:
        found = [of for of in contests[contest] if of.contender.function == function]
        return round(median(found[0].ratio), 3) if found else None

    def best(contest: str) -> tuple[str | None, float | None]:
        peers = [of for of in contests[contest] if of.contender.generated]
        if not peers:
            return None, None
        least = min(peers, key=lambda of: median(of.ratio))
        return least.contender.name, round(median(least.ratio), 3)

    return {
        "sync": ratio("sync", "certifier_client"),
        "async50": ratio("async50", "certifier_client_async"),
        "async50_sniffio": ratio("async50_sniffio", "certifier_client_async"),
        "sync_tls": ratio("sync_tls", "certifier_client"),
        "async50_tls": ratio("async50_tls", "certifier_client_async"),
        "memory": ratio("memory", "certifier_client_memory"),
        **{start.name: round(start.ratio, 3) for start in measured},
        "best_peer_sync": best("sync")[1],
        "best_peer_async50": best("async50")[1],
        "best_peers": [best("sync")[0], best("async50")[0]],
        "grown_kib": grown,
    }


def _machine(installed: dict[str, dict[str, str]]) -> str:
    named = sorted(
        {
            f"{name} {version}"
            for packages in installed.values()
            for name, version in packages.items()
            if _NAMED.fullmatch(name)
        }
    )
    python_version = platform.python_version()
    return f"Measured with Python {python_version} on {platform.machine()}; {', '.join(named)}.\n"
