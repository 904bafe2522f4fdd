"""Every kind of scene has what it needs in the rooms that know of it."""

import pytest

from task.computer.modules import import_all
from task.config.read import names_in, read_protocol, read_wording
from task.config.slots import PLACES
from task.scene.base import AsksForSide, TrialFacts, kinds_of_scene, scenes_by_slot_name
from task.scene.check import Check
from task.screens.layout import lay_out
from task.screens.parts import layout_of
from tests.factories import as_journalled

PROTOCOL = read_protocol("separate_feedback")
AVATARS = ("neutral/01", "neutral/02")


def test_every_kind_of_scene_can_be_laid_out() -> None:
    import_all("task.screens.layouts")
    assert [
        name for name, kind in kinds_of_scene().items() if layout_of.dispatch(kind) is layout_of.dispatch(object)
    ] == []


def test_the_names_that_a_protocol_may_use_are_those_of_the_scenes() -> None:
    assert set(scenes_by_slot_name()) == set(PLACES)
    takes = {name for name, kind in scenes_by_slot_name().items() if issubclass(kind, AsksForSide)}
    assert takes == {name for name, place in PLACES.items() if place.takes_a_response}


@pytest.mark.parametrize("protocol", names_in("protocols"))
def test_every_example_can_be_laid_out_and_survives_the_journal(protocol: str) -> None:
    science = read_protocol(protocol)
    wording = read_wording(science.wording)
    for kind in kinds_of_scene().values():
        examples = kind.examples(science, *AVATARS)
        assert examples or kind is Check
        for scene in examples.values():
            assert lay_out(scene, wording, science)
            assert as_journalled(scene) == scene


def test_what_was_not_dealt_cannot_be_shown() -> None:
    facts = TrialFacts(*AVATARS, "left")
    assert scenes_by_slot_name()["choice"].of_trial(facts)
    with pytest.raises(ValueError, match="nothing was dealt"):
        scenes_by_slot_name()["feedback"].of_trial(facts)
