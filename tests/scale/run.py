"""Prints the tables of docs/scale.md, holds the document to them (`--check`), or writes them into it (`--write`).

A table of the document is between `<!-- table: NAME -->` and `<!-- end -->`. Nothing is random, so that a difference is
a change of a figure. Exit code 1 if a table differs.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from scale.costs import month  # noqa: E402 - the path above comes first
from scale.figures import ROOT, Figure, Missing, known, stated  # noqa: E402
from scale.tables import TABLES  # noqa: E402

DOCUMENT = ROOT / "docs" / "scale.md"
PLACE = re.compile(r"(<!-- table: (\w+) -->\n)(.*?)(\n<!-- end -->)", re.DOTALL)


def other_prices(figures: dict[str, Figure]) -> list[str]:
    """The months of docs/aws.md that are other than what its own prices make."""
    codes, faults = figures["codes_hourly"].value, []
    for households in (1, 100, 10_000, 1_000_000):
        said = stated("docs/aws.md", rf"\| {households:,} \| \$([\d,.]+) \|")
        made = month(figures, households * codes)
        if f"{made:.2f}" != f"{said:.2f}" and round(made) != said:
            faults.append(f"docs/aws.md: {households:,} accounts cost ${made:,.2f} a month, not ${said:,}")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare the tables of docs/scale.md with these")
    parser.add_argument("--write", action="store_true", help="write these into docs/scale.md")
    arguments = parser.parse_args()
    try:
        figures = known()
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    made = {name: make(figures) for name, make in TABLES.items()}
    if not arguments.check and not arguments.write:
        print("\n\n".join(f"{name}\n{text}" for name, text in made.items()))
        return 0
    document = DOCUMENT.read_text(encoding="utf-8")
    places = {found[2]: found[3] for found in PLACE.finditer(document)}
    if set(places) != set(made):
        print(f"docs/scale.md has the tables {sorted(places)} instead of {sorted(made)}", file=sys.stderr)
        return 1
    if arguments.write:
        DOCUMENT.write_text(PLACE.sub(lambda found: found[1] + made[found[2]] + found[4], document), encoding="utf-8")
        return 0
    faults = other_prices(figures)
    different = [name for name, text in made.items() if places[name] != text]
    for name in different:
        print(f"docs/scale.md, table {name}: the simulation makes another; --write mends it", file=sys.stderr)
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(made) - len(different)} tables of docs/scale.md hold, {len(different)} do not")
    return 1 if different or faults else 0


if __name__ == "__main__":
    sys.exit(main())
