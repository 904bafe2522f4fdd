"""Hairstyles of the avatars.

Hair is what a participant recognises first from a few degrees away, so every style is drawn for its
outline. A style is three layers: `back` lies behind the neck, `mid` falls over the clothes but behind the
face, `front` lies on the forehead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from avatar_shapes import Points, Shape, both, curls, curve, ellipse, flip, mirrored, stroke

# fmt: off
# One point a line would hide the outlines.

# A tone, and what is painted in it: "base", "shade" or "light" of the hair colour.
Layer = list[tuple[str, list[Shape]]]


@dataclass(frozen=True)
class Hair:
    """Layers of a hairstyle, from the furthest to the nearest.

    Attributes
    ----------
    back, mid, front : list
        Pairs of tone and shapes, painted in order.
    shadow : bool
        Whether the front throws a shadow on the forehead.
    ears : tuple of int
        Sides on which an ear shows, -1 and 1.
    """

    back: Layer = field(default_factory=list)
    mid: Layer = field(default_factory=list)
    front: Layer = field(default_factory=list)
    shadow: bool = True
    ears: tuple[int, ...] = (-1, 1)


def strands(*lines: Points, width: float = 5) -> list[Shape]:
    """Return tapering lines that tell in which direction the hair lies.

    Parameters
    ----------
    *lines : sequence of tuple
        Points as for :func:`avatar_shapes.curve`.
    width : float
        Width in the middle.

    Returns
    -------
    list of Shape
    """
    return [stroke(line, width, end=1, start=1) for line in lines]


def bald() -> Hair:
    """No hair."""
    return Hair()


def fringe() -> Hair:
    """Long and straight under a blunt fringe."""
    panel = curve(
        [(50, 110), (108, 140), (121, 240), (126, 350), (131, 438, 1), (76, 438, 1), (82, 390), (84, 300),
         (84, 220)]
    )
    cap = mirrored(
        [(0, 76), (66, 86), (110, 138), (120, 215), (122, 290, 1), (96, 290, 1), (92, 240), (86, 206, 1),
         (0, 194)]
    )
    lines = strands([(100, 300), (106, 380), (108, 424)], [(108, 160), (114, 220), (116, 300)])
    return Hair(
        back=[("shade", [mirrored([(0, 90), (104, 140), (118, 250), (126, 430, 1), (0, 430, 1)])])],
        ears=(),
        mid=[("base", both(panel))],
        front=[
            ("base", [cap]),
            ("light", lines + [flip(line) for line in lines]),
            ("light", strands([(-70, 132), (-30, 116), (30, 116), (70, 132)], width=9)),
            ("shade", strands([(-44, 150), (-48, 192)], [(2, 150), (2, 190)],
                              [(46, 150), (50, 192)], width=3.5)),
        ],
    )


def afro() -> Hair:
    """Large and round."""
    halo = curls([(0, 58), (84, 76), (134, 138), (138, 220), (106, 288), (0, 300), (-106, 288), (-138, 220),
                  (-134, 138), (-84, 76)], 22)
    line = curls([(-93, 222), (-90, 190), (-66, 158), (0, 140), (66, 158), (90, 190),
        (93, 222)], 12, closed=False)
    cap = mirrored([(0, 60), (90, 90), (112, 180), (106, 236, 1), (93, 230), (84, 184), (60, 154), (0, 138)])
    shine = [(-100, 116), (-68, 88), (-92, 150), (-50, 110), (-26, 76), (-118, 158), (-72, 130)]
    return Hair(
        back=[("base", [halo, ellipse(0, 180, 136, 124)])],
        front=[("base", [cap, line]), ("light", [stroke([(x - 7, y + 3), (x, y - 3),
            (x + 8, y)], 5) for x, y in shine])],
    )


def bun() -> Hair:
    """A bun on the crown."""
    cap = mirrored([(0, 88), (58, 96), (96, 140), (103, 200), (99, 246, 1), (92, 222), (84, 178), (58, 144),
        (0, 130)])
    lines = strands([(60, 142), (50, 112), (22, 92)], [(88, 190), (86, 146), (60, 108)],
                    [(22, 132), (18, 110), (8, 92)])
    return Hair(
        back=[("base", [ellipse(0, 73, 54, 43)]), ("shade", [ellipse(0, 104, 44, 18)])],
        front=[
            ("base", [cap]),
            ("shade", lines + [flip(line) for line in lines]),
            ("light", strands([(-34, 62), (-16, 42), (14, 38)], width=7)),
            ("shade", strands([(-38, 76), (-6, 84), (32, 68), (40, 50)])),
        ],
    )


def bob() -> Hair:
    """Chin-length, parted at the side."""
    right = curve(
        [(-40, 88, 1), (30, 76), (92, 104), (122, 176), (130, 270), (130, 344), (112, 378), (78, 372, 1),
         (92, 320),
         (94, 250), (82, 196), (40, 156), (-16, 126), (-40, 104)]
    )
    left = curve(
        [(-38, 86, 1), (-84, 100), (-118, 170), (-128, 270), (-130, 344), (-112, 378), (-78, 372, 1),
         (-92, 320),
         (-93, 250), (-88, 200), (-72, 150), (-40, 108, 1)]
    )
    return Hair(
        ears=(),
        back=[("shade", [mirrored([(0, 90), (104, 140), (122, 250), (120, 350), (100, 372, 1),
            (0, 372, 1)])])],
        front=[
            ("base", [right, left]),
            ("light", strands([(-10, 98), (50, 108), (94, 160)],
                              [(-54, 108), (-88, 140), (-104, 190)], width=8)),
            ("shade", strands([(106, 220), (112, 290), (106, 356)], [(-106, 220), (-112, 290), (-106, 356)])),
        ],
    )


def pixie() -> Hair:
    """Short, with a fringe brushed to one side."""
    top = curve(
        [(-97, 262, 1), (-110, 214), (-110, 150), (-80, 94), (-20, 72), (50, 76), (98, 120), (110, 184),
         (97, 262, 1),
         (92, 222), (84, 186), (66, 156, 1), (40, 178), (-8, 194, 1), (-10, 186, 1), (-40, 196),
         (-76, 200, 1), (-76, 192, 1), (-88, 210)]
    )
    lines = strands([(70, 118), (42, 156), (-4, 184)], [(44, 96), (8, 140), (-50, 180)],
                    [(4, 86), (-40, 120), (-84, 184)])
    return Hair(front=[("base", [top]), ("shade", lines)])


def sweep() -> Hair:
    """Long waves brushed over one shoulder."""
    fall = curve(
        [(-30, 84), (60, 82), (112, 130), (128, 210), (122, 280), (148, 340), (146, 410), (112, 448),
         (70, 468, 1), (82, 430),
         (62, 400), (80, 340), (86, 260), (70, 180)]
    )
    front = curve(
        [(-58, 104, 1), (-20, 74), (50, 68), (104, 106), (128, 190), (126, 262), (112, 290), (92, 262, 1),
         (94, 220),
         (78, 182), (30, 166), (-24, 140), (-58, 114)]
    )
    side = curve([(-56, 100, 1), (-92, 128), (-106, 190), (-102, 236, 1), (-92, 216), (-86, 176), (-56, 118)])
    return Hair(
        ears=(-1,),
        back=[("shade", [curve([(-40, 90), (-98, 140), (-108, 220), (-104, 330), (-60, 400), (90, 420),
            (120, 250), (80, 100)])])],
        mid=[
            ("base", [fall]),
            ("shade", strands([(104, 290), (122, 350), (114, 410), (96, 440)],
                              [(92, 300), (92, 340), (86, 390)])),
            ("light", strands([(122, 320), (134, 370), (126, 420)], width=7)),
        ],
        front=[
            ("base", [front, side]),
            ("light", strands([(-10, 96), (48, 98), (96, 148)], width=9)),
            ("shade", strands([(-40, 112), (30, 136), (86, 172), (108, 226)],
                              [(-72, 130), (-90, 160), (-96, 206)])),
        ],
    )


def waves() -> Hair:
    """Loose and shoulder-length, for under a hat."""
    side = curve(
        [(60, 140), (102, 150), (120, 220), (112, 290), (132, 350), (126, 410), (92, 428, 1), (70, 404),
         (84, 350), (86, 290),
         (88, 220)]
    )
    lines = strands([(106, 200), (104, 280), (114, 350), (106, 404)])
    front = curve([(56, 140, 1), (104, 150), (112, 220), (104, 300, 1), (92, 250), (84, 196)])
    return Hair(
        ears=(),
        back=[("shade", [mirrored([(0, 130), (100, 150), (112, 300), (112, 400), (0, 404, 1)])])],
        mid=[("base", both(side))],
        front=[("base", both(front)), ("light", lines + [flip(line) for line in lines])],
    )


def mane() -> Hair:
    """Shoulder-length curls that widen downwards, parted in the middle."""
    rim: Points = [(0, 78), (70, 84), (116, 140), (142, 220), (160, 310), (150, 384), (104, 404), (70, 396)]
    cloud = curls([*rim, *[(-x, y) for x, y in reversed(rim) if x]], 21)
    body = mirrored([*rim[:-1], (0, 400, 1)])
    depth = mirrored([(0, 290), (72, 300), (78, 350), (60, 396, 1), (0, 396, 1)])
    side = curve([(0, 86, 1), (70, 92), (112, 150), (128, 250), (116, 330), (94, 300), (92, 240), (80, 184),
        (44, 146), (0, 122, 1)])
    edge = curls([(8, 118), (50, 146), (82, 186), (95, 240), (98, 310)], 11, closed=False)
    spots = [(58, 104), (96, 150), (116, 210), (126, 270), (140, 330), (112, 350)]
    shine = [stroke([(x - 8, y + 4), (x, y - 4), (x + 9, y)], 5) for x, y in spots]
    return Hair(
        ears=(),
        back=[("base", [cloud, body]), ("shade", [depth])],
        mid=[("base", [shape for shape in both(curls([(100, 160), (126, 240), (134, 320),
            (118, 390)], 24, closed=False))])],
        front=[("base", both(side) + both(edge)), ("light", shine + [flip(spot) for spot in shine])],
    )


def flattop() -> Hair:
    """Short at the sides, tall and flat above."""
    block = mirrored(
        [(0, 38), (80, 40), (106, 50), (110, 100), (104, 170), (99, 250, 1), (93, 224), (88, 178),
         (80, 158, 1), (0, 152)]
    )
    fade = curve([(106, 150), (104, 190), (99, 254, 1), (93, 224), (88, 170)])
    return Hair(
        front=[
            ("base", [block, curls([(-98, 58), (-60, 44), (0, 42), (60, 44),
            (98, 58)], 10, 0.1, closed=False)]),
            ("shade", both(fade)),
            ("light", [stroke([(x, y + 6), (x + 4, y)], 5) for x, y in [(-70, 70), (-40, 62), (-82, 100),
            (-52, 92), (-10, 64)]]),
        ]
    )


def knot() -> Hair:
    """Tied into a small knot on the crown, clipped at the sides."""
    cap = mirrored([(0, 88), (54, 96), (92, 136), (100, 176, 1), (88, 170), (62, 146), (0, 136)])
    side = curve([(84, 130), (100, 150), (103, 200), (98, 250, 1), (93, 222), (84, 166)])
    lines = strands([(70, 146), (52, 116), (18, 94)], [(30, 138), (24, 114), (8, 96)])
    return Hair(
        back=[("base", [ellipse(0, 68, 36, 30)])],
        front=[
            ("shade", both(side)),
            ("base", [cap]),
            ("shade", [*lines, *(flip(line) for line in lines), *strands([(-24, 92), (0, 98),
            (24, 92)], width=7)]),
            ("light", strands([(-22, 66), (-10, 52), (12, 50)], width=6)),
        ],
    )


def parted() -> Hair:
    """Short and combed from a side parting."""
    top = curve(
        [(-60, 104, 1), (-30, 72), (40, 64), (94, 94), (108, 150), (104, 200), (98, 250, 1), (93, 222),
         (88, 180), (76, 158, 1),
         (20, 160), (-34, 140), (-60, 118)]
    )
    side = curve([(-58, 100, 1), (-96, 122), (-106, 180), (-98, 250, 1), (-93, 222), (-88, 176), (-60, 124)])
    return Hair(
        front=[
            ("base", [top, side]),
            ("light", strands([(-34, 96), (20, 82), (74, 104)], width=9)),
            ("shade", strands([(-44, 116), (20, 124), (84, 140)], [(-20, 134), (30, 146), (80, 156)])),
        ]
    )


def tonsure() -> Hair:
    """Gone from the crown, left at the sides."""
    tuft = curve([(80, 144), (106, 164), (116, 206), (112, 250), (98, 262, 1), (93, 226), (86, 180)])
    lines = strands([(94, 164), (104, 200), (103, 240)])
    return Hair(front=[("base", both(tuft)), ("shade", lines + [flip(line) for line in lines])], shadow=False)


def sideburns() -> Hair:
    """What shows of short hair under a hat."""
    return Hair(front=[("base", both(curve([(80, 150, 1), (102, 160), (103, 210), (98, 262, 1), (92, 224),
        (86, 180)])))])


def quiff() -> Hair:
    """Tall and brushed up over the forehead, short at the sides."""
    top = curve(
        [(-92, 168, 1), (-108, 120), (-92, 66), (-34, 34), (40, 30), (98, 54), (116, 96), (104, 130),
         (90, 166, 1), (70, 152),
         (20, 156), (-40, 146), (-74, 156)]
    )
    side = curve([(84, 130), (104, 140), (104, 200), (98, 250, 1), (93, 222), (86, 168)])
    return Hair(
        front=[
            ("shade", both(side)),
            ("base", [top]),
            ("light", strands([(-78, 122), (-62, 78), (-8, 54)],
                              [(-48, 128), (-24, 88), (34, 62)], width=8)),
            ("shade", strands([(-10, 138), (20, 100), (78, 78)], [(34, 144), (60, 116), (94, 106)])),
        ]
    )


def swept() -> Hair:
    """Full and brushed back, of middle length."""
    top = curve(
        [(-100, 252, 1), (-116, 200), (-114, 140), (-80, 84), (-10, 62), (66, 70), (108, 120), (116, 196),
         (100, 252, 1), (93, 216),
         (84, 170), (56, 140), (10, 148), (-50, 140), (-84, 172), (-93, 216)]
    )
    lines = strands(
        [(-60, 140), (-50, 104), (-8, 80)], [(-16, 142), (2, 108), (50, 88)], [(36, 140), (60, 116),
         (88, 116)],
        [(-96, 200), (-100, 160), (-84, 120)], [(98, 200), (102, 164), (96, 140)],
    )
    return Hair(front=[("base", [top]), ("shade", lines)])


def mop() -> Hair:
    """Curls on top, clipped sides."""
    side = curve([(84, 130), (102, 140), (103, 200), (98, 250, 1), (93, 222), (86, 168)])
    rim = curls([(-98, 140), (-92, 98), (-46, 66), (10, 58), (66, 70), (100, 100),
        (96, 146)], 24, closed=False)
    line = curls([(-84, 158), (-40, 158), (0, 164), (44, 156), (84, 154)], 16, closed=False)
    spots = [(-78, 102), (-40, 78), (4, 68), (-56, 126), (-8, 110), (44, 88), (30, 132), (76, 114)]
    return Hair(
        front=[
            ("shade", both(side)),
            ("base", [rim, line, mirrored([(0, 60), (80, 90), (92, 140), (0, 160)])]),
            ("light", [stroke([(x - 11, y + 7), (x - 3, y - 6), (x + 11, y - 3)], 5) for x, y in spots]),
        ]
    )


def buzz() -> Hair:
    """Clipped to a few millimetres."""
    cap = mirrored([(0, 98), (44, 105), (80, 130), (97, 176), (99, 212), (97, 244, 1), (93, 220), (88, 178),
        (76, 156, 1), (0, 148)])
    return Hair(front=[("base", [cap])], shadow=False)


def shag() -> Hair:
    """Layered down to the neck with feathered ends and a curtain fringe."""
    side = curve(
        [(0, 82, 1), (64, 80), (112, 126), (121, 186), (120, 250), (128, 300), (140, 336), (134, 366),
         (140, 390),
         (154, 406, 1), (128, 416), (110, 408, 1), (96, 418), (78, 420, 1), (90, 370), (96, 300),
         (98, 246, 1), (72, 214), (36, 170), (0, 118, 1)]
    )
    lines = strands([(18, 100), (70, 126), (104, 206)], [(106, 216), (106, 280), (124, 350)],
                    [(102, 310), (106, 360), (124, 400)])
    return Hair(
        ears=(),
        back=[("shade", [mirrored([(0, 100), (104, 150), (112, 300), (100, 396), (0, 390, 1)])])],
        front=[("base", both(side)), ("shade", lines + [flip(line) for line in lines])],
    )


def chin() -> Hair:
    """Straight to the jaw, for under a hat."""
    side = curve([(70, 140), (106, 160), (118, 240), (122, 330), (122, 356, 1), (84, 356, 1), (94, 290),
        (92, 220)])
    return Hair(
        ears=(),
        back=[("shade", [mirrored([(0, 130), (104, 160), (112, 340, 1), (0, 340, 1)])])],
        front=[("base", both(side)), ("shade", both(strands([(104, 200), (108, 270), (102, 336)])[0]))],
    )


def bowl() -> Hair:
    """Cut round, as one smooth shape."""
    cap = mirrored(
        [(0, 68), (74, 78), (122, 134), (130, 206), (118, 262), (94, 276, 1), (94, 238), (84, 208, 1),
         (44, 194), (0, 190)]
    )
    lines = strands([(30, 96), (62, 130), (70, 196)], [(64, 100), (104, 150), (112, 246)],
                    [(6, 96), (14, 130), (14, 184)])
    return Hair(
        ears=(),
        front=[("base", [cap]), ("shade", lines + [flip(line) for line in lines])],
    )


def locs() -> Hair:
    """Locs to the shoulder."""
    ends = [(92, 412), (118, 396), (144, 362)]
    falls = [stroke([(x * 0.42, 94), (x * 0.88, 140), (x, 230), (x + 2, low)], 22, end=17) for x, low in ends]
    behind = [stroke([(x * 0.9, 150), (x, 240), (x + 2, low)], 18) for x, low in [(82, 388), (105, 380),
        (131, 350)]]
    brow = [stroke([(x * 0.3, 88), (x * 0.85, 104), (x, low)], 24, end=18)
            for x, low in [(0, 132), (27, 138), (52, 154), (74, 180)]]
    crown = mirrored([(0, 74), (66, 80), (116, 126), (126, 190), (94, 230), (86, 184), (60, 150), (0, 128)])
    gaps = [stroke([(x * 0.45, 104), (x * 0.9, 150), (x, 232), (x, 330)], 4, 1, 1) for x in (105, 131)]
    parts = [stroke([(x * 0.4, 92), (x, low)], 4, 1, 1) for x, low in [(13.5, 130), (40, 142), (63, 162)]]
    shine = [stroke([(x * 0.8, 138), (x - 4, 190), (x - 4, 230)], 4, 1, 1) for x in (92, 118, 144)]
    return Hair(
        ears=(),
        back=[("shade", [half for line in behind for half in both(line)])],
        front=[
            ("base", [crown, *(half for line in falls + brow for half in both(line))]),
            ("shade", [half for line in gaps + parts for half in both(line)]),
            ("light", [half for line in shine for half in both(line)]),
        ],
    )


def undercut() -> Hair:
    """Clipped on one side, falling to the shoulder on the other."""
    fall = curve(
        [(-64, 112, 1), (-40, 74), (30, 62), (96, 90), (126, 160), (134, 250), (130, 340), (140, 420),
         (104, 440, 1), (76, 436, 1),
         (88, 380), (96, 300), (96, 240), (84, 200), (40, 176), (-20, 152), (-64, 130, 1)]
    )
    clipped = curve([(-58, 108, 1), (-92, 130), (-102, 190), (-98, 250, 1), (-93, 222), (-88, 178),
        (-64, 132)])
    lines = strands([(-30, 120), (40, 146), (98, 200), (112, 300), (110, 410)],
                    [(-30, 96), (50, 102), (104, 170), (118, 260)])
    return Hair(
        ears=(-1,),
        back=[("shade", [curve([(0, 100), (104, 150), (120, 300), (110, 420), (20, 410, 1), (20, 200)])])],
        front=[("shade", [clipped]), ("base", [fall]), ("light", lines)],
    )


HAIR: dict[str, Callable[[], Hair]] = {
    style.__name__: style
    for style in (
        afro, bald, bob, bowl, bun, buzz, chin, flattop, fringe, knot, locs, mane, mop, parted, pixie,
        quiff, shag, sideburns, sweep, swept, tonsure, undercut, waves,
    )
}
