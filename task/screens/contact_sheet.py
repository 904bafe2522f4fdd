"""All screens on one sheet, each with its name: for a preview, for documentation, for an ethics board."""

from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw

from task.computer.files import replaced
from task.screens.typeface import font

_PAPER, _PEN = (250, 250, 250), (40, 40, 40)


def contact_sheet(pictures: Mapping[str, Path], path: Path, columns: int = 3, width_px: int = 640) -> None:
    """Save pictures of one size on one sheet.

    Parameters
    ----------
    pictures : mapping of str to Path
        The picture files, in order, by the names to write below them.
    path : Path
        The sheet.
    columns, width_px : int
        Pictures in a row, and the width of each on the sheet.
    """
    margin, name_px = width_px // 20, width_px // 24
    with Image.open(next(iter(pictures.values()))) as first:
        height_px = round(width_px * first.height / first.width)
    rows = -(-len(pictures) // columns)
    step = width_px + margin, height_px + 2 * name_px + margin
    sheet = Image.new("RGB", (columns * step[0] + margin, rows * step[1] + margin), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for i, (name, file) in enumerate(pictures.items()):
        left, top = margin + i % columns * step[0], margin + i // columns * step[1]
        with Image.open(file) as picture:
            sheet.paste(picture.convert("RGB").resize((width_px, height_px), Image.Resampling.LANCZOS), (left, top))
        at = left, top + height_px + name_px // 3
        draw.text(at, name, fill=_PEN, font=font(False, name_px), anchor="la")
    with replaced(path) as unfinished:
        sheet.save(unfinished, format="png")
