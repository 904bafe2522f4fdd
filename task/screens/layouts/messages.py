"""What is said before a run, after it, and when it was ended early."""

from task.config.protocol import Protocol
from task.config.wording import Wording
from task.scene.messages import EndOfRun, Paused, Waiting
from task.screens.parts import Part, layout_of, message


@layout_of.register
def waiting(scene: Waiting, wording: Wording, protocol: Protocol) -> tuple[Part, ...]:
    """Lay out that it will begin soon."""
    return message(wording.session.waiting, wording.session.waiting_more)


@layout_of.register
def paused(scene: Paused, wording: Wording, protocol: Protocol) -> tuple[Part, ...]:
    """Lay out that there is a pause."""
    return message(wording.session.paused, wording.session.paused_more)


@layout_of.register
def end_of_run(scene: EndOfRun, wording: Wording, protocol: Protocol) -> tuple[Part, ...]:
    """Lay out that the run is over, and the points so far."""
    return message(
        wording.session.end_of_run.format(run=scene.run, runs=scene.runs),
        wording.session.points.format(points=scene.points),
    )
