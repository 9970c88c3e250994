"""What a relay uses: its memory, and the rows of its database."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path


def resident(pid: int) -> int:
    """Bytes of memory that the process holds; none once it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


def rows(data: Path) -> int:
    """All rows of the relay's database, whatever its tables are."""
    path = next(data.glob("*.sqlite3"))
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5.0)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        quoted = [name.replace('"', '""') for name in names]
        return sum(database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in quoted)
