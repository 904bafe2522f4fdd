"""Where everything stands: a scene is laid out as parts, in units of the height of the visible area.

Nothing here knows a window, so what the participant sees can be checked without one. A thing that several
scenes show has one place for all of them: what changes from one screen to the next is what the task means to
change. The two outcomes differ in a symbol and a word, and give off about as much light; a hidden rank stands
where a shown one would. All of it lies within a canvas that fits a 5:4 screen, near where the eyes rest.
"""

from task.computer.modules import import_all
from task.config.protocol import Protocol
from task.config.wording import Wording
from task.scene.base import Scene
from task.screens.parts import Part, layout_of


def lay_out(scene: Scene, wording: Wording, protocol: Protocol) -> tuple[Part, ...]:
    """Lay out a scene.

    Parameters
    ----------
    scene : Scene
        What to show.
    wording : Wording
        The words to show it with.
    protocol : Protocol
        How many Responders there are, and what a match is worth.

    Returns
    -------
    tuple of Part
        In the order of drawing.

    Raises
    ------
    ScreenError
        If words do not fit into their place in readable type.
    """
    import_all("task.screens.layouts")
    return layout_of(scene, wording, protocol)
