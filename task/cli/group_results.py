"""What ``fit`` makes of a whole group: it goes before the next fit, and when one of the group is forgotten."""

from pathlib import Path

_TABLES = ("comparison", "modulators", "stay", "group")


def group_results(root: Path) -> list[Path]:
    """List the results of a group that are there, below ``derivatives/model`` of a dataset."""
    folder = root / "derivatives" / "model"
    names = [*(f"{name}.{kind}" for name in _TABLES for kind in ("tsv", "json")), "fit.png"]
    return [folder / name for name in names if (folder / name).exists()]
