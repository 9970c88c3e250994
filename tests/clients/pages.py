"""The pages of docs/clients, as code: their fenced blocks that have a file name are files, and a test runs them."""

from __future__ import annotations

import re
from pathlib import Path

from support.venvs import CHECKOUT

DOCS = CHECKOUT / "docs" / "clients"
# ```language name.ext
FENCE = re.compile(r"^```(\w+) ([\w.-]+\.\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Page:
    def __init__(self, name: str) -> None:
        self.name, self.text = name, (DOCS / name).read_text(encoding="utf-8")
        self.files = {name: code for _, name, code in FENCE.findall(self.text)}

    def write(self, name: str, directory: Path) -> Path:
        """The block as the file that a reader makes of it."""
        path = directory / name
        path.write_text(self.files[name], encoding="utf-8")
        return path


def names() -> list[str]:
    return sorted(path.name for path in DOCS.glob("*.md"))
