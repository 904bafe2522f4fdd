"""Features of the avatars: each is a small function that paints one part of a face.

Whatever could be read as mood or charm (eyes, direction of the brows, mouth) has no parameters but colour,
so that no face looks kinder than another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from avatar_hair import HAIR, Layer
from avatar_shapes import Colour, Pen, Shape, both, curve, ellipse, mirrored, mix, shifted, stroke
from PIL import Image, ImageChops

# Its grey lies between the tones of hair, so that white, blond, brown and black hair all stand out.
TILE: Colour = (136, 154, 164)
CORNER = 64.0
INK: Colour = (38, 26, 32)
WHITE: Colour = (250, 248, 244)


@dataclass(frozen=True)
class Build:
    """What the faces of a set have in common.

    Attributes
    ----------
    neck, shoulder : float
        Half widths.
    brow, lash : float
        Widths of the lines.
    lips : float
        Redness of the lips, from 0 to 1.
    """

    neck: float
    shoulder: float
    brow: float
    lash: float
    lips: float


@dataclass(frozen=True)
class Face:
    """Everything that sets one avatar apart.

    Attributes
    ----------
    head, hair, clothes : str
        Names in :data:`HEADS`, :data:`avatar_hair.HAIR` and :data:`CLOTHES`.
    skin, tone, cloth, accent : Colour
        Skin, hair, garment, and whatever else is worn (hat, shirt, scarf).
    beard, glasses, hat, earrings : str
        What is worn; empty for nothing.
    mature : bool
        Whether there are lines in the face.
    freckles : bool
        Whether there are freckles.
    """

    head: str
    skin: Colour
    hair: str
    tone: Colour
    clothes: str
    cloth: Colour
    accent: Colour = WHITE
    beard: str = ""
    glasses: str = ""
    hat: str = ""
    earrings: str = ""
    mature: bool = False
    freckles: bool = False


# The height of the skull, the cheeks and the eye line are the same: only the jaw may differ.
HEADS: dict[str, list[tuple[float, ...]]] = {
    "oval": [(0, 104), (42, 110), (76, 134), (91, 176), (94, 212), (91, 258), (78, 312), (46, 348), (0, 360)],
    "round": [
        (0, 104),
        (42, 110),
        (76, 134),
        (93, 176),
        (96, 212),
        (97, 262),
        (86, 316),
        (52, 350),
        (0, 360),
    ],
    "square": [
        (0, 104),
        (42, 110),
        (76, 134),
        (91, 176),
        (94, 212),
        (93, 262),
        (88, 312),
        (62, 348),
        (30, 360),
        (0, 361),
    ],
    "long": [(0, 104), (42, 110), (76, 134), (88, 176), (91, 212), (87, 258), (74, 316), (44, 356), (0, 368)],
    "heart": [
        (0, 104),
        (42, 110),
        (76, 134),
        (93, 176),
        (96, 212),
        (88, 258),
        (66, 314),
        (36, 350),
        (0, 364),
    ],
}


def shade(colour: Colour, amount: float = 0.2) -> Colour:
    """Return the colour in shadow.

    Parameters
    ----------
    colour : Colour
        Colour in the light.
    amount : float
        Depth of the shadow.

    Returns
    -------
    Colour
    """
    return mix(colour, (58, 16, 34), amount)


def light(colour: Colour, amount: float = 0.16) -> Colour:
    """Return the colour where light falls on it.

    Parameters
    ----------
    colour : Colour
        Colour in the light.
    amount : float
        Strength of the light.

    Returns
    -------
    Colour
    """
    return mix(colour, (255, 236, 214), amount)


def rim(pen: Pen, mask: Image.Image, colour: Colour, width: int, within: Image.Image | None = None) -> None:
    """Darken the right edge of a form: light comes from the upper left everywhere.

    Parameters
    ----------
    pen : Pen
        Picture.
    mask : PIL.Image.Image
        Form.
    colour : Colour
        Colour of the shadow.
    width : int
        Width of the shadow, in pixels of the oversampled picture.
    within : PIL.Image.Image, optional
        Mask the shadow has to stay in.
    """
    edge = ImageChops.subtract(mask, ImageChops.offset(mask, -width, 0))
    pen.image.paste(colour, mask=edge if within is None else ImageChops.multiply(edge, within))


def draw_layer(pen: Pen, layer: Layer, tone: Colour) -> None:
    """Paint one layer of hair.

    Parameters
    ----------
    pen : Pen
        Picture.
    layer : list
        Pairs of tone and shapes.
    tone : Colour
        Colour of the hair.
    """
    tones = {"base": tone, "shade": mix(tone, (46, 18, 18), 0.3), "light": light(tone, 0.2)}
    for name, shapes in layer:
        pen.fill(shapes, tones[name])


def neckline(n: float, depth: float, wide: float = 0, point: bool = False) -> Shape:
    """Return what a garment leaves open.

    Parameters
    ----------
    n : float
        Half width of the neck.
    depth : float
        Lowest point.
    wide : float
        How far beside the neck it begins.
    point : bool
        Whether it ends in a point.

    Returns
    -------
    Shape
    """
    side = n + wide
    low: list[tuple[float, ...]] = [(0, depth, 1)] if point else [(side * 0.66, depth - 9), (0, depth)]
    return mirrored([(0, 350, 1), (side, 350, 1), (side, 397 + wide * 0.4, 1), *low])


def draw_torso(pen: Pen, face: Face, build: Build) -> None:
    """Paint neck and clothes.

    Parameters
    ----------
    pen : Pen
        Picture.
    face, build : Face, Build
        What to draw.
    """
    n, s = build.neck, build.shoulder
    body = mirrored(
        [(0, 404, 1), (n - 1, 395, 1), (n + 26, 412), (s - 60, 434), (s - 16, 462), (s, 520, 1), (0, 530, 1)]
    )
    neck = mirrored([(0, 300), (n, 300, 1), (n, 400, 1), (0, 420, 1)])
    skin = pen.fill([neck, body], face.skin)
    pen.fill(shifted(mirrored(HEADS[face.head]), 6, 26), shade(face.skin, 0.3), within=skin)
    CLOTHES[face.clothes](pen, face, n, body)


def put_on(pen: Pen, body: Shape, colour: Colour, opening: Shape | None = None) -> Image.Image:
    """Paint a garment around its neckline.

    Parameters
    ----------
    pen : Pen
        Picture.
    body : Shape
        Outline of the shoulders.
    colour : Colour
        Colour of the garment.
    opening : Shape, optional
        Neckline.

    Returns
    -------
    PIL.Image.Image
        Mask of the garment.
    """
    garment = pen.fill(body, colour, outside=None if opening is None else pen.mask(opening))
    rim(pen, pen.mask(body), shade(colour, 0.16), 44, within=garment)
    return garment


def wear_crew(pen: Pen, face: Face, n: float, body: Shape) -> None:
    """Paint a round neck with its band."""
    inner = pen.mask(neckline(n, 426))
    garment = put_on(pen, body, face.cloth, neckline(n, 426))
    pen.fill(neckline(n + 11, 438), face.accent, within=garment, outside=inner)


def wear_scoop(pen: Pen, face: Face, n: float, body: Shape) -> None:
    """Paint a wide neckline."""
    inner = pen.mask(neckline(n, 446, 14))
    garment = put_on(pen, body, face.cloth, neckline(n, 446, 14))
    pen.fill(neckline(n, 454, 22), face.accent, within=garment, outside=inner)


def wear_vneck(pen: Pen, face: Face, n: float, body: Shape) -> None:
    """Paint a pointed neck with its band."""
    inner = pen.mask(neckline(n, 452, point=True))
    garment = put_on(pen, body, face.cloth, neckline(n, 452, point=True))
    pen.fill(neckline(n + 11, 468, point=True), face.accent, within=garment, outside=inner)


def wear_turtle(pen: Pen, face: Face, n: float, body: Shape) -> None:
    """Paint a roll neck."""
    put_on(pen, body, face.cloth)
    roll = pen.fill(
        mirrored([(0, 374), (n + 2, 368), (n + 8, 374), (n + 9, 404), (n + 7, 414), (0, 426)]),
        light(face.cloth, 0.12),
    )
    rim(pen, roll, shade(face.cloth, 0.12), 50)
    pen.fill(stroke([(-n - 7, 413), (0, 427), (n + 7, 413)], 4), shade(face.cloth, 0.3))


def wear_shirt(pen: Pen, face: Face, n: float, body: Shape) -> None:
    """Paint an open collar and a row of buttons."""
    garment = put_on(pen, body, face.cloth, neckline(n, 438, point=True))
    pen.fill(stroke([(0, 440), (0, 520)], 5), shade(face.cloth, 0.3), within=garment)
    wing = curve([(n + 1, 378, 1), (n + 16, 402, 1), (n - 4, 450, 1), (0, 440, 1), (n - 4, 410)])
    for side in both(wing):
        pen.fill(shifted(side, 0, 5), shade(face.cloth, 0.3), within=garment)
        pen.fill(side, face.accent)
    pen.fill(ellipse(0, 460, 4.5), shade(face.cloth, 0.5))


def wear_blazer(pen: Pen, face: Face, n: float, body: Shape) -> None:
    """Paint a blouse between lapels."""
    put_on(pen, body, face.accent, neckline(n, 432))
    jacket = put_on(pen, body, face.cloth, neckline(n + 8, 520, point=True))
    lapel = curve([(n + 2, 386, 1), (n + 26, 410, 1), (n + 36, 444, 1), (n + 14, 450, 1), (14, 530, 1), (-4, 520, 1)])
    for side in both(lapel):
        pen.fill(shifted(side, 0, 5), shade(face.cloth, 0.4), within=jacket)
        pen.fill(side, light(face.cloth, 0.12), within=jacket)


def wear_hoodie(pen: Pen, face: Face, n: float, body: Shape) -> None:
    """Paint a hood lying on the shoulders, and its strings."""
    inner = pen.mask(neckline(n, 424))
    put_on(pen, body, face.cloth, neckline(n, 424))
    hood = mirrored(
        [(0, 410, 1), (n - 2, 380, 1), (n + 16, 384), (n + 40, 406), (n + 36, 434), (n - 4, 456), (0, 470, 1)]
    )
    pen.fill(shifted(hood, 0, 5), shade(face.cloth, 0.3), outside=inner)
    pen.fill(hood, light(face.cloth, 0.14), outside=inner)
    pen.fill(both(stroke([(19, 452), (22, 520)], 6)), face.accent)


def wear_scarf(pen: Pen, face: Face, n: float, body: Shape) -> None:
    """Paint a scarf wound round the neck."""
    put_on(pen, body, face.cloth)
    pen.fill(curve([(10, 410), (56, 420, 1), (74, 520, 1), (20, 520, 1)]), shade(face.accent, 0.16))
    loop = pen.fill(mirrored([(0, 380), (n + 6, 366), (n + 26, 388), (n + 20, 422), (0, 442)]), face.accent)
    rim(pen, loop, shade(face.accent, 0.16), 60)
    pen.fill(stroke([(-n - 14, 392), (0, 416), (n + 16, 400)], 5, 1, 1), shade(face.accent, 0.3))


# Each takes the picture, the face, the half width of the neck and the outline of the shoulders.
CLOTHES = {
    "crew": wear_crew,
    "scoop": wear_scoop,
    "vneck": wear_vneck,
    "turtle": wear_turtle,
    "shirt": wear_shirt,
    "blazer": wear_blazer,
    "hoodie": wear_hoodie,
    "scarf": wear_scarf,
}


def draw_head(pen: Pen, face: Face, over: list[Shape], ears: Sequence[int]) -> None:
    """Paint ears and head.

    Parameters
    ----------
    pen : Pen
        Picture.
    face : Face
        What to draw.
    over : list of Shape
        Hair that throws a shadow on the head.
    ears : sequence of int
        Sides on which an ear shows.
    """
    for side in ears:
        pen.fill(ellipse(side * 96, 256, 16, 26), face.skin)
        pen.fill(stroke([(side * 101, 240), (side * 106, 254), (side * 99, 270)], 4.5), shade(face.skin, 0.32))
    head = pen.fill(mirrored(HEADS[face.head]), face.skin)
    rim(pen, head, shade(face.skin, 0.12), 56)
    if over:
        pen.fill([shifted(shape, 0, 9) for shape in over], shade(face.skin, 0.26), within=head)


def draw_age(pen: Pen, face: Face) -> None:
    """Paint the lines of a mature face.

    Parameters
    ----------
    pen : Pen
        Picture.
    face : Face
        What to draw.
    """
    line = shade(face.skin, 0.27)
    folds = [
        stroke([(26, 282), (37, 298), (40, 318)], 4, 1.5, 1.5),
        stroke([(28, 262), (42, 267), (56, 260)], 3.5, 1, 1),
    ]
    crow = [stroke([(70, 236), (79, 232)], 3, 1), stroke([(70, 242), (79, 245)], 3, 1)]
    pen.fill([half for shape in folds + crow for half in both(shape)], line)


def draw_freckles(pen: Pen, face: Face) -> None:
    """Paint freckles over nose and cheeks.

    Parameters
    ----------
    pen : Pen
        Picture.
    face : Face
        What to draw.
    """
    spots = [(34, 270), (46, 264), (58, 272), (44, 280), (66, 264), (55, 284), (22, 262), (70, 280)]
    pen.fill([half for x, y in spots for half in both(ellipse(x, y, 2.4))], shade(face.skin, 0.34))


def draw_eyes(pen: Pen, face: Face, build: Build) -> None:
    """Paint eyes and brows.

    Parameters
    ----------
    pen : Pen
        Picture.
    face, build : Face, Build
        What to draw.
    """
    for x in (-40, 40):
        out = 1 if x > 0 else -1
        white = pen.fill(curve([(x - 18, 239, 1), (x, 226), (x + 18, 239, 1), (x, 248)]), WHITE)
        pen.fill(ellipse(x, 237, 10.5), mix(INK, (96, 62, 40), 0.35), within=white)
        pen.fill(ellipse(x, 237, 5), INK, within=white)
        pen.fill(ellipse(x - 3.5, 232.5, 2.8), WHITE, within=white)
        lid = [(x - 19 * out, 239.0), (x, 226.0), (x + 20 * out, 238.0)]
        pen.fill(stroke(lid, build.lash, end=build.lash * 0.7, start=2), INK)
    hair = mix(face.tone, shade(face.skin, 0.5), 0.25)
    # Brows paler than the skin would vanish on a dim projector.
    dark = hair if sum(hair) < sum(face.skin) - 120 else mix(shade(face.skin, 0.4), shade(face.tone, 0.45), 0.6)
    if sum(face.tone) - sum(face.skin) > 150:
        dark = mix(face.tone, face.skin, 0.15)
    arch = stroke([(20, 208), (42, 202), (66, 211)], build.brow, end=2.5, start=build.brow * 0.8)
    pen.fill(both(arch), dark)


def draw_nose(pen: Pen, face: Face) -> None:
    """Paint the nose.

    Parameters
    ----------
    pen : Pen
        Picture.
    face : Face
        What to draw.
    """
    pen.fill(curve([(4, 240, 1), (10, 262), (19, 280), (12, 289), (2, 288), (6, 268)]), shade(face.skin, 0.15))
    pen.fill(stroke([(-17, 279), (-12, 287), (0, 290), (12, 287), (17, 279)], 4.5, 2, 2), shade(face.skin, 0.4))


def draw_mouth(pen: Pen, face: Face, build: Build) -> None:
    """Paint the mouth: closed, with the same slight smile for everybody.

    Parameters
    ----------
    pen : Pen
        Picture.
    face, build : Face, Build
        What to draw.
    """
    lip = mix(shade(face.skin, 0.22), (180, 56, 56), 0.28 + 0.3 * build.lips)
    pen.fill(
        curve([(-27, 315, 1), (-9, 311), (0, 313), (9, 311), (27, 315, 1), (15, 328), (0, 332), (-15, 328)]),
        lip,
    )
    pen.fill(
        stroke([(-29, 313), (-14, 320), (0, 321.5), (14, 320), (29, 313)], 4.2, 2.6, 2.6),
        shade(face.skin, 0.68),
    )


BEARDS: dict[str, list[Shape]] = {
    "full": [
        mirrored(
            [
                (0, 306),
                (22, 300),
                (50, 302),
                (74, 278),
                (90, 236, 1),
                (101, 240, 1),
                (101, 300),
                (86, 354),
                (46, 388),
                (0, 396),
            ]
        )
    ],
    "short": [
        mirrored(
            [
                (0, 305),
                (22, 300),
                (46, 310),
                (72, 300),
                (89, 200, 1),
                (99, 200, 1),
                (98, 290),
                (84, 334),
                (50, 364),
                (0, 373),
            ]
        )
    ],
    "moustache": [mirrored([(0, 296), (24, 297), (48, 312), (54, 322, 1), (26, 318), (0, 313)])],
}


def draw_beard(pen: Pen, face: Face) -> None:
    """Paint a beard.

    Parameters
    ----------
    pen : Pen
        Picture.
    face : Face
        What to draw.
    """
    if not face.beard:
        return
    mask = pen.fill(BEARDS[face.beard], face.tone)
    if face.beard != "moustache":
        rim(pen, mask, shade(face.tone, 0.22), 50)


def draw_glasses(pen: Pen, face: Face) -> None:
    """Paint glasses.

    Parameters
    ----------
    pen : Pen
        Picture.
    face : Face
        What to draw.
    """
    if not face.glasses:
        return
    frame = INK
    lenses = {
        "round": ellipse(41, 240, 35, 34),
        "square": curve([(9, 220, 1), (40, 216), (76, 218, 1), (80, 240), (72, 264), (44, 269), (16, 264), (8, 240)]),
        "cat": curve([(8, 226), (40, 218), (88, 208, 1), (82, 244), (62, 264), (32, 264), (12, 250)]),
    }
    lens = lenses[face.glasses]
    inner = lens.copy()
    inner[:, 0] = 41 + (lens[:, 0] - 41) * 0.82
    inner[:, 1] = 240 + (lens[:, 1] - 240) * 0.81
    hole = pen.mask(both(inner))
    pen.fill(both(inner), WHITE, opacity=0.08)
    pen.fill(both(lens), frame, outside=hole)
    pen.fill([stroke([(-9, 236), (0, 231), (9, 236)], 6.5), *both(stroke([(76, 232), (97, 236)], 6.5))], frame)


def draw_hat(pen: Pen, face: Face) -> None:
    """Paint headwear.

    Parameters
    ----------
    pen : Pen
        Picture.
    face : Face
        What to draw.
    """
    cloth = face.accent
    if face.hat == "band":
        pen.fill(
            stroke([(-103, 244), (-92, 190), (-64, 148), (0, 126), (64, 148), (92, 190), (103, 244)], 30, 16, 16),
            cloth,
        )
        pen.fill(
            stroke([(-93, 216), (-82, 184), (-56, 154), (0, 136), (56, 154), (82, 184), (93, 216)], 5, 1, 1),
            shade(cloth, 0.25),
        )
    elif face.hat == "fedora":
        crown = pen.fill(mirrored([(0, 62), (36, 50), (72, 58), (90, 96), (98, 156, 1), (0, 160, 1)]), cloth)
        rim(pen, crown, shade(cloth, 0.16), 70)
        pen.fill(stroke([(-24, 60), (0, 78), (24, 60)], 5, 1, 1), shade(cloth, 0.3))
        pen.fill(mirrored([(0, 124), (94, 116, 1), (99, 152, 1), (0, 166, 1)]), shade(cloth, 0.75))
        brim = pen.fill(mirrored([(0, 152), (92, 146), (150, 146), (166, 158), (140, 172), (80, 184), (0, 190)]), cloth)
        rim(pen, brim, shade(cloth, 0.16), 70)
        pen.fill(stroke([(-160, 162), (-90, 178), (0, 185), (90, 178), (160, 162)], 4, 1, 1), shade(cloth, 0.35))
    elif face.hat == "beanie":
        dome = pen.fill(mirrored([(0, 44), (60, 56), (104, 104), (110, 160, 1), (0, 160, 1)]), cloth)
        rim(pen, dome, shade(cloth, 0.16), 70)
        pen.fill(
            [*both(stroke([(28, 60), (46, 96), (52, 140)], 4)), stroke([(0, 56), (0, 140)], 4)],
            shade(cloth, 0.22),
        )
        pen.fill(
            mirrored([(0, 136), (80, 140), (112, 146), (116, 182), (108, 196), (60, 190), (0, 188)]),
            shade(cloth, 0.3),
        )
        ribs = [stroke([(x, 144), (x * 1.03, 184)], 4) for x in (-96, -72, -48, -24, 0, 24, 48, 72, 96)]
        pen.fill(ribs, shade(cloth, 0.45))


def draw_earrings(pen: Pen, face: Face, ears: Sequence[int]) -> None:
    """Paint earrings.

    Parameters
    ----------
    pen : Pen
        Picture.
    face : Face
        What to draw.
    ears : sequence of int
        Sides on which an ear shows.
    """
    gold: Colour = (242, 204, 96)
    for x in (side * 102 for side in ears):
        if face.earrings == "hoops":
            pen.fill(ellipse(x, 305, 21, 26), gold, outside=pen.mask(ellipse(x, 305, 15, 20)))
        elif face.earrings == "studs":
            pen.fill(ellipse(x, 281, 8), gold)
        elif face.earrings == "drops":
            pen.fill([stroke([(x, 278), (x, 296)], 4), ellipse(x, 306, 9, 13)], gold)


def draw_face(face: Face, build: Build) -> Image.Image:
    """Draw one avatar.

    Parameters
    ----------
    face, build : Face, Build
        What to draw.

    Returns
    -------
    PIL.Image.Image
        RGBA tile.
    """
    pen = Pen(TILE)
    hair = HAIR[face.hair]()
    draw_layer(pen, hair.back, face.tone)
    draw_torso(pen, face, build)
    draw_layer(pen, hair.mid, face.tone)
    shadow = [shape for name, shapes in hair.front if name != "light" for shape in shapes] if hair.shadow else []
    draw_head(pen, face, shadow, hair.ears)
    if face.mature:
        draw_age(pen, face)
    if face.freckles:
        draw_freckles(pen, face)
    draw_beard(pen, face)
    draw_nose(pen, face)
    draw_mouth(pen, face, build)
    draw_eyes(pen, face, build)
    draw_earrings(pen, face, hair.ears)
    draw_layer(pen, hair.front, face.tone)
    draw_hat(pen, face)
    draw_glasses(pen, face)
    return pen.finish(CORNER)
