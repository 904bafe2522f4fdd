"""What a site's strokes mean, and how the emulated scanner joins it."""

from pathlib import Path

import pytest

from task.config.read import names_in, read_site
from task.config.site import Site
from tests.config.toml_files import as_toml, changed


def test_every_stroke_means_one_thing() -> None:
    assert read_site("laptop").strokes.meanings == {
        ("keyboard", "5"): "pulse",
        ("keyboard", "space"): "manual_start",
        ("keyboard", "f"): "left",
        ("keyboard", "left"): "left",
        ("keyboard", "j"): "right",
        ("keyboard", "right"): "right",
        ("keyboard", "escape"): "abort",
    }


@pytest.mark.parametrize("name", names_in("sites"))
def test_with_the_emulated_scanner_pulses_come_from_nowhere_else(name: str) -> None:
    site = read_site(name)

    emulated = site.with_emulated_scanner()

    pulses = [stroke for stroke, meaning in emulated.strokes.meanings.items() if meaning == "pulse"]
    assert pulses == [("emulated_scanner", "pulse")]
    assert emulated.is_emulated and not site.is_emulated
    assert {name: one for name, one in emulated.devices.items() if name != "emulated_scanner"} == site.devices
    assert emulated.display == site.display


@pytest.mark.parametrize("name", names_in("sites"))
def test_the_emulated_scanner_changes_no_other_meaning_and_not_the_site_itself(name: str) -> None:
    site = read_site(name)
    before = site.model_dump()

    meanings = site.with_emulated_scanner().strokes.meanings

    assert site.model_dump() == before
    for stroke, meaning in site.strokes.meanings.items():
        assert meanings.get(stroke) == (None if meaning == "pulse" else meaning)


def test_a_site_that_is_emulated_already_stays_as_it_is() -> None:
    emulated = read_site("laptop").with_emulated_scanner()

    assert emulated.with_emulated_scanner() == emulated


def test_a_site_may_name_an_emulated_scanner_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    scanner = {"kind": "emulated_scanner", "starts_after_s": 1.0}
    file.write_text(as_toml(changed("sites/laptop", {"devices.emu": scanner, "strokes.pulse": ["emu:pulse"]})))

    site = read_site(str(file))

    assert site.is_emulated
    assert site.strokes.meanings["emu", "pulse"] == "pulse"


def test_a_key_without_a_name_can_be_given_by_its_number(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(as_toml(changed("sites/laptop", {"strokes.left": ["keyboard:key232", "keyboard:num_1"]})))

    assert read_site(str(file)).strokes.meanings["keyboard", "key232"] == "left"


def test_what_was_recorded_can_be_read_again_whatever_is_checked_today() -> None:
    recorded = read_site("laptop").model_dump(mode="json")
    recorded["strokes"]["left"] = ["keyboard:of_another_year"]

    assert Site.model_validate(recorded, strict=False).strokes.left == ("keyboard:of_another_year",)
