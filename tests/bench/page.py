"""docs/performance.md and its plots, from the figures of tests/bench/run.py."""

from __future__ import annotations

from html import escape
from math import log10
from pathlib import Path

WIDTH, LABEL, LINE, TOP = 940, 500, 28, 34
COLOURS = {
    "light": {"text": "#1f2328", "faint": "#656d76", "better": "#0969da", "worse": "#bc4c00", "line": "#d1d9e0"},
    "dark": {"text": "#e6edf3", "faint": "#8d96a0", "better": "#4493f8", "worse": "#db6d28", "line": "#3d444d"},
}
OPENING = """# Performance

What the relay takes, beside what it replaces. `./bench.sh --write` measures all of it and writes this page, and
`./bench.sh PART` measures one part. Each ratio is of two programs in the same run on the same machine: above 1, the
relay is better. Times of another machine differ, and the ratios less.

"""


def write_page(docs: Path, known: dict, about: dict[str, str]) -> None:
    text = OPENING + f"Measured at {known['commit']} on {known['machine']}.\n"
    for part, rows in known["rows"].items():
        text += f"\n## {part.capitalize()}\n\n{about[part].strip()}\n"
        ratios = [row for row in rows if row["ratio"]]
        if ratios:
            for scheme in COLOURS:
                (docs / "images" / f"performance-{part}-{scheme}.svg").write_text(plot(ratios, scheme))
            text += (
                f'\n<picture>\n  <source media="(prefers-color-scheme: dark)" srcset="images/performance-{part}-dark.svg">\n'
                f'  <img alt="The ratios of the table below" src="images/performance-{part}-light.svg">\n</picture>\n'
            )
        text += "\n| what | relay | reference | ratio | |\n|---|---|---|---|---|\n"
        for row in rows:
            theirs = "" if row["reference"] is None else f"{number(row['reference'])} {row['unit']}, {row['beside']}"
            ratio = f"{row['ratio']:.1f}" if row["ratio"] else ""
            text += f"| {row['what']} | {number(row['ours'])} {row['unit']} | {theirs} | {ratio} | {row['note']} |\n"
    (docs / "performance.md").write_text(text)


def number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def plot(rows: list[dict], scheme: str) -> str:
    """Bars of the ratios from 1 on, to the right where the relay is better. The scale is logarithmic."""
    colours, ratios = COLOURS[scheme], [row["ratio"] for row in rows]
    least, most = min(*ratios, 0.9), max(*ratios, 2)
    height = TOP + LINE * len(rows) + 10

    def along(ratio: float) -> float:
        return LABEL + (WIDTH - LABEL - 60) * log10(ratio / least) / log10(most / least)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif" font-size="13">',
        f'<text x="{LABEL - 8}" y="18" text-anchor="end" fill="{colours["faint"]}">how many times better the relay is</text>',
    ]
    for tick in (0.1, 1, 10, 100, 1000):
        if least <= tick <= most:
            x = f"{along(tick):.1f}"
            parts.append(f'<text x="{x}" y="18" text-anchor="middle" fill="{colours["faint"]}">{tick}</text>')
            parts.append(f'<line x1="{x}" x2="{x}" y1="{TOP - 8}" y2="{height - 6}" stroke="{colours["line"]}"/>')
    for index, row in enumerate(rows):
        y, ratio = TOP + index * LINE, row["ratio"]
        left, right = sorted((along(1), along(ratio)))
        what = escape(f"{row['what']}, beside {row['beside']}")
        size = f'textLength="{LABEL - 20}" lengthAdjust="spacingAndGlyphs" ' if len(what) > LABEL // 7 else ""
        colour = colours["better" if ratio >= 1 else "worse"]
        parts.append(f'<text x="{LABEL - 8}" y="{y + 15}" text-anchor="end" {size}fill="{colours["text"]}">{what}</text>')
        parts.append(f'<rect x="{left:.1f}" y="{y}" width="{max(right - left, 1):.1f}" height="20" fill="{colour}"/>')
        parts.append(f'<text x="{right + 6:.1f}" y="{y + 15}" fill="{colours["text"]}">{ratio:.1f}</text>')
    return "\n".join([*parts, "</svg>", ""])
