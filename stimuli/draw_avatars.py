"""Draw the avatars that stand for the Deciders.

The task needs persons that are learned over four runs and told apart on a dim projector, a few degrees
wide. Photographs of real people or pictures from elsewhere would bring in rights, attractiveness and
expressions that nobody controls; these are drawn here, from data, with one framing and one expression.
Within a set no two faces share an outline, and clothes are dark where hair and skin are light, so that
the tiles differ little in mean luminance.

Run ``python stimuli/draw_avatars.py`` to draw them again; it prints the mean luminance of each tile.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from avatar_features import Build, Face, draw_face
from avatar_shapes import Colour
from PIL import Image

# Skin and hair come from short lists so that the sets are matched in both.
PALE: Colour = (238, 202, 178)
FAIR: Colour = (228, 182, 150)
TAN: Colour = (214, 162, 122)
BRONZE: Colour = (186, 130, 92)
BROWN: Colour = (150, 100, 70)
DEEP: Colour = (122, 80, 58)

BLACK: Colour = (44, 38, 44)
UMBER: Colour = (80, 54, 44)
BROWNISH: Colour = (98, 62, 42)
COPPER: Colour = (172, 78, 40)
BLOND: Colour = (222, 183, 108)
SILVER: Colour = (194, 198, 206)
SNOW: Colour = (221, 222, 226)
STEEL: Colour = (104, 106, 114)

BUILDS = {
    "feminine": Build(neck=36, shoulder=182, brow=7, lash=6, lips=0.8),
    "masculine": Build(neck=48, shoulder=212, brow=10, lash=4.5, lips=0.2),
    "neutral": Build(neck=42, shoulder=197, brow=8.5, lash=5, lips=0.45),
}

# fmt: off
SETS: dict[str, list[Face]] = {
    "feminine": [
        Face("oval", FAIR, "fringe", BLACK, "scoop", (240, 242, 244), (190, 206, 214)),
        Face("round", DEEP, "afro", UMBER, "vneck", (252, 240, 200), (244, 214, 140), hat="band"),
        Face("long", BROWN, "bun", SILVER, "turtle", (150, 66, 62), earrings="drops", mature=True),
        Face("heart", TAN, "bob", BLOND, "blazer", (38, 46, 70), (96, 112, 140)),
        Face("square", FAIR, "pixie", SNOW, "scarf", (38, 44, 50), (104, 38, 64),
             glasses="round", mature=True),
        Face("oval", PALE, "sweep", BROWNISH, "shirt", (84, 124, 106), (104, 144, 126), earrings="hoops"),
        Face("round", BRONZE, "waves", BLACK, "crew", (104, 70, 96), (234, 224, 202), hat="fedora"),
        Face("heart", PALE, "mane", COPPER, "hoodie", (206, 216, 226), (70, 88, 112),
             glasses="square", freckles=True),
    ],
    "masculine": [
        Face("oval", BROWN, "bald", BLACK, "turtle", (212, 206, 190), beard="full"),
        Face("square", DEEP, "flattop", BLACK, "hoodie", (244, 238, 226), (160, 150, 140)),
        Face("long", PALE, "knot", BROWNISH, "vneck", (88, 104, 92), (66, 80, 70), beard="short"),
        Face("heart", TAN, "parted", BLOND, "shirt", (50, 72, 104), (66, 90, 124), glasses="square"),
        Face("round", FAIR, "tonsure", STEEL, "blazer", (48, 46, 54), (120, 140, 160),
             beard="moustache", mature=True),
        Face("square", PALE, "sideburns", COPPER, "scarf", (44, 60, 70), (232, 220, 196),
             beard="full", hat="beanie"),
        Face("oval", FAIR, "quiff", UMBER, "crew", (112, 74, 84), (88, 54, 64)),
        Face("round", BRONZE, "swept", SNOW, "shirt", (58, 36, 46), (78, 50, 60),
             beard="full", glasses="round", mature=True),
    ],
    "neutral": [
        Face("oval", BROWN, "mop", BLACK, "crew", (226, 230, 220), (170, 182, 170)),
        Face("round", DEEP, "buzz", BLACK, "vneck", (244, 226, 190), (226, 190, 130),
             glasses="round", earrings="studs"),
        Face("heart", PALE, "shag", COPPER, "shirt", (58, 78, 72), (76, 98, 92), freckles=True),
        Face("square", FAIR, "chin", BLOND, "hoodie", (84, 94, 116), (112, 52, 62), hat="beanie"),
        Face("round", TAN, "bowl", SILVER, "turtle", (62, 50, 84), mature=True),
        Face("long", PALE, "swept", STEEL, "blazer", (70, 62, 56), (196, 196, 190),
             glasses="square", mature=True),
        Face("oval", BRONZE, "locs", UMBER, "scoop", (248, 242, 228), (222, 206, 180)),
        Face("heart", FAIR, "undercut", BROWNISH, "scarf", (58, 74, 100), (84, 130, 138)),
    ],
}
# fmt: on


def luminance(picture: Image.Image, screen: float = 128.0) -> tuple[float, float]:
    """Return the mean luminance of a tile on the grey of the task.

    Parameters
    ----------
    picture : PIL.Image.Image
        RGBA tile.
    screen : float
        Grey around it.

    Returns
    -------
    luma, light : float
        Mean of the eight-bit values weighted as in BT.709, and mean of the light an sRGB display sends
        out, relative to white.
    """
    rgba = np.asarray(picture, dtype=float)
    cover = rgba[..., 3:] / 255
    rgb = rgba[..., :3] * cover + screen * (1 - cover)
    weights = np.array([0.2126, 0.7152, 0.0722])
    linear = np.where(rgb <= 10.3, rgb / 255 / 12.92, ((rgb / 255 + 0.055) / 1.055) ** 2.4)
    return float((rgb @ weights).mean()), float((linear @ weights).mean())


def main() -> None:
    """Draw all sets."""
    parser = argparse.ArgumentParser(description="Draw the avatars of the Deciders.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent / "avatars")
    out: Path = parser.parse_args().out
    for name, faces in SETS.items():
        values = []
        (out / name).mkdir(parents=True, exist_ok=True)
        for number, face in enumerate(faces, start=1):
            picture = draw_face(face, BUILDS[name])
            picture.save(out / name / f"{number:02}.png", optimize=True)
            values.append(luminance(picture))
            print(f"{name}/{number:02}.png  luma {values[-1][0]:5.1f}  light {values[-1][1]:.3f}")
        luma, light = np.ptp(values, axis=0) / np.mean(values, axis=0) / 2
        print(f"{name}: half range luma {luma:.1%}, light {light:.1%} of the mean")


if __name__ == "__main__":
    main()
