"""Writing a whole file in one step: afterwards it is as it was before, or as it should be, and never in between."""

import os
from pathlib import Path


def write_safely(path: Path, content: bytes) -> None:
    """Write a file and sync it to disk; what stood there before is replaced only when all of it is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
