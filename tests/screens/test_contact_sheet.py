"""All screens on one sheet."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from task.screens.contact_sheet import contact_sheet

PAPER = (250, 250, 250)


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (3, 1), (4, 2), (6, 2), (7, 3)])
def test_pictures_stand_in_rows_of_three_in_their_order_each_above_its_name(
    tmp_path: Path, count: int, rows: int
) -> None:
    colours = {f"name {i}": (20 + 30 * i, 200 - 20 * i, 10 * i) for i in range(count)}
    pictures = {}
    for name, colour in colours.items():
        pictures[name] = tmp_path / f"{name}.png"
        Image.new("RGB", (960, 540), colour).save(pictures[name])
    contact_sheet(pictures, tmp_path / "sheet.png", width_px=240)
    sheet = np.array(Image.open(tmp_path / "sheet.png"))
    # 240 by 135, a margin of a twentieth (12), and two lines for a name of a twenty-fourth (10) each
    assert sheet.shape == (12 + rows * (135 + 20 + 12), 12 + 3 * 252, 3)
    for i, colour in enumerate(colours.values()):
        left, top = 12 + i % 3 * 252, 12 + i // 3 * 167
        assert (sheet[top : top + 135, left : left + 240] == colour).all()
        around = sheet[top - 1 : top + 136, left - 1 : left + 241]
        assert (around[0] == PAPER).all() and (around[:, 0] == PAPER).all() and (around[:, -1] == PAPER).all()
        name = sheet[top + 135 : top + 155, left : left + 240]
        rows_with_ink = np.flatnonzero((name != PAPER).any(axis=(1, 2)))
        assert 3 <= rows_with_ink[0] <= 7 and rows_with_ink[-1] <= 14
        assert np.flatnonzero((name != PAPER).any(axis=(0, 2)))[0] <= 2
        assert 40 <= name.min() < 80
    for place in range(count, 3 * rows):
        left, top = 12 + place % 3 * 252, 12 + place // 3 * 167
        assert (sheet[top : top + 160, left : left + 240] == PAPER).all()


def test_a_sheet_is_as_wide_as_was_asked_for(tmp_path: Path) -> None:
    Image.new("RGBA", (400, 300), (10, 20, 30, 255)).save(tmp_path / "one.png")
    pictures = dict.fromkeys(("a", "b"), tmp_path / "one.png")
    contact_sheet(pictures, tmp_path / "sheet.png", columns=2)
    assert Image.open(tmp_path / "sheet.png").size == (32 + 2 * 672, 32 + (480 + 2 * 26 + 32))
    contact_sheet(pictures, tmp_path / "sheet.png", columns=1, width_px=120)
    assert Image.open(tmp_path / "sheet.png").size == (6 + 126, 6 + 2 * (90 + 10 + 6))
