"""Draw the two main tables of docs/performance.md as bars, narrow enough for a phone.

.venv/bin/python tests/bench/speed/picture.py redraws it from the page.
"""

import re
from html import escape
from pathlib import Path

DOCUMENT = Path(__file__).parents[3] / "docs/performance.md"
PICTURE = DOCUMENT.with_suffix(".svg")
PANELS = ["One call after another, synchronous", "50 calls at a time, asynchronous"]
# The first cell and the ratio of each row.
_ROW = re.compile(r"^\| ([^|]+) \| [\d,]+ µs \| [\d,]+ \| ([\d.]+) \|", re.MULTILINE)
_WIDTH, _ROW_HEIGHT, _HEAD = 360, 32, 62
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1b2b2e }
.title { font-weight: 600 } .axis { fill: #566 } .value { text-anchor: end }
rect { fill: #a9b8b7 } .ours rect { fill: #0b6e69 } .ours text { font-weight: 600 }
@media (prefers-color-scheme: dark) {
  text { fill: #e3eceb } .axis { fill: #9fb0af }
  rect { fill: #4d5f5e } .ours rect { fill: #5cc4bb }
}
"""


def rows(document: str, title: str) -> list[tuple[str, float]]:
    """Return the name and the ratio to httpx of each row in the table under a title."""
    [table] = re.findall(rf"^## {title}\n(.*?)(?=^#|\Z)", document, re.MULTILINE | re.DOTALL)
    return [(name, float(ratio)) for name, ratio in _ROW.findall(table)]


def draw() -> None:
    """Draw the page's figures."""
    document, parts, top = DOCUMENT.read_text(), [], 0
    for title in PANELS:
        bars = rows(document, title)
        scale = _WIDTH / max(ratio for _, ratio in bars)
        parts += [
            f'<text class="title" y="{top + 18}">{title}</text>',
            f'<text class="axis" y="{top + 36}">CPU time per call, httpx = 1</text>',
        ]
        top += _HEAD
        for name, ratio in bars:
            group = '<g class="ours">' if name == "certifier-client" else "<g>"
            parts.append(
                f'{group}<text y="{top}">{escape(name)}</text>'
                f'<text class="value" x="{_WIDTH}" y="{top}">{ratio:.2f}</text>'
                f'<rect y="{top + 5}" width="{ratio * scale:.1f}" height="9" rx="2"/></g>'
            )
            top += _ROW_HEIGHT
    size = f'width="{_WIDTH}" height="{top}" viewBox="0 0 {_WIDTH} {top}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<style>{_STYLE}</style>'
    PICTURE.write_text("\n".join([head, *parts, "</svg>\n"]))


if __name__ == "__main__":
    draw()
