"""docs/performance.md and its plots, from the figures of tests/bench/run.py."""

from __future__ import annotations

from html import escape
from pathlib import Path

WIDTH, LABEL, LINE, TOP = 760, 330, 30, 34
COLOURS = {
    "light": {"text": "#1f2328", "faint": "#656d76", "ours": "#0969da", "even": "#afb8c1"},
    "dark": {"text": "#e6edf3", "faint": "#8d96a0", "ours": "#4493f8", "even": "#484f58"},
}
OPENING = """# Performance

What the relay takes, beside what it replaces. `./bench.sh --write` measures all of it and writes this page; `./bench.sh
PART` measures one part. Each ratio is of two programs in the same run on the same machine: above 1, the relay is better.
Times of another machine differ, and the ratios less.

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
    """Bars of the ratios. The line is where both are the same."""
    colours, most = COLOURS[scheme], max(max(row["ratio"] for row in rows), 1)
    height = TOP + LINE * len(rows) + 10

    def along(ratio: float) -> float:
        return LABEL + (WIDTH - LABEL - 60) * ratio / most

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif" font-size="13">',
        f'<text x="{LABEL}" y="18" fill="{colours["faint"]}">how many times better the relay is; the line is 1</text>',
    ]
    for index, row in enumerate(rows):
        y = TOP + index * LINE
        what = escape(f"{row['what']}, beside {row['beside']}")
        size = 'textLength="320" lengthAdjust="spacingAndGlyphs" ' if len(what) > 52 else ""
        parts.append(f'<text x="{LABEL - 8}" y="{y + 15}" text-anchor="end" {size}fill="{colours["text"]}">{what}</text>')
        parts.append(f'<rect x="{LABEL}" y="{y}" width="{along(row["ratio"]) - LABEL:.1f}" height="20" rx="2" fill="{colours["ours"]}"/>')
        parts.append(f'<text x="{along(row["ratio"]) + 6:.1f}" y="{y + 15}" fill="{colours["text"]}">{row["ratio"]:.1f}</text>')
    parts.append(f'<line x1="{along(1):.1f}" x2="{along(1):.1f}" y1="{TOP - 6}" y2="{height - 6}" stroke="{colours["even"]}" stroke-width="2"/>')
    return "\n".join([*parts, "</svg>", ""])
