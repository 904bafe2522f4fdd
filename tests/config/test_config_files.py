"""Reading files: what is shipped is right, and whatever else stands in a file's place is refused with a reason."""

import datetime
import os
import re
import shutil
import string
from pathlib import Path
from typing import Any

import pytest

from task.config.avatars import avatar_sets, avatars_of
from task.config.read import CONFIGS, ConfigError, names_in, read_protocol, read_site, read_wording
from tests.config.toml_files import GONE, READERS, as_toml, changed, shipped

SHIPPED = [(kind, name) for kind in READERS for name in names_in(kind)]


@pytest.mark.parametrize(("kind", "name"), SHIPPED)
def test_every_shipped_file_is_right_and_bears_its_own_name(kind: str, name: str) -> None:
    assert READERS[kind](name).name == name


@pytest.mark.parametrize(("kind", "name"), SHIPPED)
def test_a_file_can_be_given_by_its_path(kind: str, name: str) -> None:
    assert READERS[kind](str(CONFIGS / kind / f"{name}.toml")) == READERS[kind](name)


@pytest.mark.parametrize(
    ("name", "minutes", "run_s", "volumes"),
    [("demo", 2, 123.6, 62), ("relational_value", 10.5, 630.0, 315), ("separate_feedback", 12.3, 738.0, 369)],
)
def test_a_shipped_run_is_as_long_as_its_comments_say(name: str, minutes: float, run_s: float, volumes: int) -> None:
    protocol = read_protocol(name)

    assert float(protocol.run_s) == run_s
    assert run_s / 60 == pytest.approx(minutes, abs=0.1)
    assert protocol.scan.volumes is None
    assert protocol.volumes == protocol.volumes_needed == volumes
    commented = re.search(r"^# volumes = (\d+)", (CONFIGS / "protocols" / f"{name}.toml").read_text(), re.M)
    assert commented is not None
    assert int(commented[1]) == volumes


@pytest.mark.parametrize("name", names_in("protocols"))
def test_every_commented_out_setting_but_a_renewal_can_be_used(name: str, tmp_path: Path) -> None:
    text = (CONFIGS / "protocols" / f"{name}.toml").read_text()
    file = tmp_path / "lab.toml"
    file.write_text(re.sub(r"^# (volumes|pulses_per_volume) =", r"\1 =", text, flags=re.M))

    assert read_protocol(str(file)).scan.volumes == read_protocol(name).volumes_needed


@pytest.mark.parametrize(("tr_s", "volumes"), [(2.0, 62), (0.8, 155), (1.236, 100), (1.2, 103), (0.1, 1236)])
def test_volumes_that_are_left_out_are_as_few_as_cover_the_run(tr_s: float, volumes: int, tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(as_toml(changed("protocols/demo", {"scan.tr_s": tr_s})))

    protocol = read_protocol(str(file))

    assert protocol.volumes == volumes
    assert (volumes - 1) * tr_s < 123.6 <= volumes * tr_s + 1e-9


def test_more_volumes_than_cover_the_run_are_taken_as_given(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(as_toml(changed("protocols/demo", {"scan.volumes": 70})))

    assert read_protocol(str(file)).volumes == 70


@pytest.mark.parametrize(
    "change",
    [
        {"slots": [{"name": "choice", "shows": "choice", "duration_s": 3.0, "response_window_s": 2.9}]},
        {"slots.5": GONE, "slots.4.response_window_s": 1.7},
        {"deciders.kinds": ["explicit"], "runs.trials": 6},
        {"deciders.kinds": ["hidden"], "runs.trials": 6},
        {"slots.0.duration_s": 3, "slots.0.response_window_s": 3},
        {"scan.pulses": "every_slice", "scan.pulses_per_volume": 30, "scan.pulses_before_zero": 60},
        {"runs.grid_s": 0.001, "slots.1.duration_s": {"distribution": "uniform", "min_s": 1.001, "max_s": 2.999}},
        {"slots.1.duration_s": {"distribution": "list", "values_s": [1, 2.0, 3.0]}},
        {"feedback_cells": GONE, "runs.trials": 24},
        {"trust_game": GONE},
        {"description": GONE},
    ],
)
def test_what_a_lab_may_change_is_taken(change: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(as_toml(changed("protocols/demo", change)))

    assert read_protocol(str(file)).name == "lab"


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_bytes(b"\xef\xbb\xbf" + as_toml(shipped("protocols/demo")).replace("\n", "\r\n").encode())

    assert read_protocol(str(file)) == read_protocol("demo").model_copy(update={"name": "lab"})


def test_words_of_any_language_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    changes = {"choice_question": "Mit wem möchten Sie spielen\u00a0?", "session.paused": "少し休憩します"}
    file.write_text(as_toml(changed("wording/en", changes)), encoding="utf-8")

    assert read_wording(str(file)).session.paused == "少し休憩します"


def test_every_word_can_be_filled_in_with_the_values_that_it_may_name() -> None:
    words = read_wording("en")
    values = {"spots": 4, "responders": 8, "pot": 30, "keep": 30, "split": 15, "points": 240, "run": 1, "runs": 4}

    for table in (words.feedback, words.share, words.session):
        for phrase in table.model_dump().values():
            assert not set(phrase.format(**values)) & set("{}")
            names = {name for _, name, _, _ in string.Formatter().parse(phrase) if name}
            assert names <= set(values)


BAD_FILES = [
    (b"", "there is nothing in this file"),
    (b"# only a comment\n", "there is nothing in this file"),
    (b"tr_s = \n", "not valid TOML: Invalid value (at line 1"),
    (b'name = "a"\nname = "b"\n', "not valid TOML: Cannot overwrite a value (at line 2"),
    (b"[scan]\n[scan]\n", "Each key and each [table] stands once"),
    (b"[slots]\n[[slots]]\n", "only tables of a list, such as [[slots]], come again"),
    (b"name.first = 1\nname = 2\n", "not valid TOML"),
    (b"[scan]\ntr_s = 2,0\n", "tr_s = 2,0\n  Numbers have a decimal point, no comma."),
    (b"[scan]\npulses = every_volume\n", "pulses = every_volume\n  Text stands in quotes."),
    (b"full_screen = True\n", "Yes and no are written true and false."),
    (b"full_screen = yes\n", "Yes and no are written true and false."),
    (b"tr_s = .8\n", "a digit on both sides of the decimal point"),
    (b"tr_s = 2.\n", "a digit on both sides of the decimal point"),
    (b'name = "open\nscan = 1\n', 'name = "open\n  A quotation mark is missing on this line.'),
    (b"name = 'open\nscan = 1\n", "The quotation mark that ends a text is missing."),
    (b'name = """open\nscan = 1\n', "The quotation mark that ends a text is missing."),
    ("name = \u201copen\u201d\n".encode(), "Use straight quotes"),
    ("name = 'it' # it\u2019s\nscan = True # it\u2019s\n".encode(), "Yes and no are written true and false."),
    (b"scan = { tr_s = 2.0\nname = 1\n", "scan = { tr_s = 2.0\n  A } is missing on this line."),
    (b"scan = {\n  tr_s = 2.0 }\n", "A table in { } stands on one line"),
    (b"kinds = [1, 2\nname = 1\n", "A ] is missing on this line or before it"),
    (b"[scan\ntr_s = 2.0\n", "[scan\n  A ] is missing: a table begins with [name]"),
    (b"\x89PNG\r\n\x1a\n\x00\xff\xfe", "not text in UTF-8"),
    ("name = 'x'".encode("utf-16"), "not text in UTF-8"),
    ("# a\n\nname = 'Köln'\n# größer".encode("latin-1"), "not text in UTF-8 (line 3, near K?ln); a .toml file"),
    (b"a\x00b = 1", "not valid TOML"),
    (b"runs = " + b"9" * 5000, "a value in it cannot be read"),
    (b"runs = " + b"[" * 3000 + b"]" * 3000, "nested too deeply"),
    (b"a." * 3000 + b"b = 1", ""),
    (b"runs = 0x" + b"f" * 5000, "a number of very many digits"),
]


@pytest.mark.parametrize(("content", "reason"), BAD_FILES, ids=[str(i) for i in range(len(BAD_FILES))])
@pytest.mark.parametrize("read", READERS.values(), ids=list(READERS))
def test_a_file_that_holds_no_settings_is_refused_with_the_reason(
    read: Any, content: bytes, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "lab.toml"
    file.write_bytes(content)

    with pytest.raises(ConfigError) as refused:
        read(str(file))

    assert str(refused.value).startswith(str(file))
    assert reason in str(refused.value)
    assert refused.value.source == str(file)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lab.toml").mkdir()

    with pytest.raises(ConfigError, match="this is a folder"):
        read_site(str(tmp_path / "lab.toml"))
    with pytest.raises(ConfigError, match="this is a folder"):
        read_site(f"{tmp_path}/")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_in_place_of_a_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lab.toml")

    with pytest.raises(ConfigError, match="not a file of text"):
        read_site(str(tmp_path / "lab.toml"))


@pytest.mark.parametrize("name", ["lab/none.toml", "none.toml", "none.TOML", "a\0b.toml", "x" * 5000, "x/" * 3000, "."])
def test_a_file_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        read_protocol(name)


@pytest.mark.parametrize("kind", READERS)
def test_a_copy_never_passes_for_its_original(kind: str, tmp_path: Path) -> None:
    original = CONFIGS / kind / f"{names_in(kind)[0]}.toml"
    copy = tmp_path / original.name
    copy.write_bytes(original.read_bytes())
    with pytest.raises(ConfigError) as refused:
        READERS[kind](str(copy))
    (mistake,) = refused.value.mistakes
    assert (mistake.where, mistake.found) == ("the file's name", f'"{copy.stem}"')
    assert mistake.allowed == f"another one, as configs/{kind} has a {copy.name}"
    assert READERS[kind](str(copy.rename(tmp_path / "ours.toml"))).name == "ours"


@pytest.mark.parametrize("called", ["My Study", "2nd", "größe", "x" * 61, "a-b", "-", ".x"])
def test_a_file_is_called_as_a_name_may_be(called: str, tmp_path: Path) -> None:
    file = tmp_path / f"{called}.toml"
    file.write_text(as_toml(changed("protocols/demo", {"scan.tr_s": -1})))
    with pytest.raises(ConfigError) as refused:
        read_protocol(str(file))
    assert [one.where for one in refused.value.mistakes] == ["the file's name", "scan.tr_s"]
    assert "small letters, digits and _, beginning with a letter, at most 60 of them" in str(refused.value)


def test_a_name_in_a_file_is_too_many(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(as_toml({"name": "demo", **shipped("protocols/demo")}))
    with pytest.raises(
        ConfigError, match=r"take this line out; a file's name is what the file is called, here \"ours\""
    ):
        read_protocol(str(file))


def test_a_shipped_name_with_toml_behind_it_is_recognised(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigError, match=r"there is no such file\. Did you mean the name 'laptop', without \.toml"):
        read_site("laptop.toml")


def test_a_file_that_may_not_be_read_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text("")

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)

    with pytest.raises(ConfigError, match=r"the file cannot be read \(Permission denied\)"):
        read_site(str(file))


def test_a_file_of_this_project_is_named_by_its_place_in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_bytes", lambda path: b"")

    with pytest.raises(ConfigError, match=r"^configs/protocols/demo.toml: "):
        read_protocol("demo")


def test_a_wording_may_be_a_file_of_the_lab(tmp_path: Path) -> None:
    wording, file = tmp_path / "fr.toml", tmp_path / "lab.toml"
    wording.write_text(as_toml(shipped("wording/en")))
    file.write_text(as_toml(changed("protocols/demo", {"wording": str(wording)})))

    assert read_wording(read_protocol(str(file)).wording).name == "fr"


@pytest.mark.parametrize("stands", [".", "words", ".."])
def test_a_file_that_a_protocol_names_is_sought_beside_it_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stands: str
) -> None:
    (tmp_path / "lab" / "words").mkdir(parents=True)
    wording, file = tmp_path / "lab" / "words" / "fr.toml", tmp_path / "lab" / "ours.toml"
    wording.write_text(as_toml(shipped("wording/en")))
    file.write_text(as_toml(changed("protocols/demo", {"wording": "words/fr.toml"})))
    monkeypatch.chdir(tmp_path / "lab" / stands)
    protocol = read_protocol(os.path.relpath(file))
    assert protocol.wording == str(wording.resolve())
    assert read_wording(protocol.wording).name == "fr"


def test_a_protocol_finds_no_wording_where_one_stands_and_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fr.toml").write_text(as_toml(shipped("wording/en")))
    (tmp_path / "lab").mkdir()
    file = tmp_path / "lab" / "ours.toml"
    file.write_text(as_toml(changed("protocols/demo", {"wording": "fr.toml"})))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as refused:
        read_protocol(str(file))
    (mistake,) = refused.value.mistakes
    assert (mistake.where, mistake.found) == ("wording", '"fr.toml"')
    assert f"there is no such file, sought in {file.parent}" in mistake.allowed


@pytest.mark.parametrize(
    ("wording", "said"), [("n" * 300 + ".toml", "too long"), ("~nobody_of_this_name/fr.toml", "no home folder")]
)
def test_a_wording_that_no_file_can_be_is_a_mistake_of_its_protocol(tmp_path: Path, wording: str, said: str) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(as_toml(changed("protocols/demo", {"wording": wording})))
    with pytest.raises(ConfigError) as refused:
        read_protocol(str(file))
    (mistake,) = refused.value.mistakes
    assert mistake.where == "wording" and said in mistake.allowed


def test_a_tilde_in_a_protocol_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "fr.toml").write_text(as_toml(shipped("wording/en")))
    file = tmp_path / "ours.toml"
    file.write_text(as_toml(changed("protocols/demo", {"wording": "~/fr.toml"})))
    assert read_wording(read_protocol(str(file)).wording).name == "fr"


@pytest.fixture
def own_configs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped files, which a test may change."""
    own = shutil.copytree(CONFIGS, tmp_path / "configs")
    monkeypatch.setattr("task.config.finding.CONFIGS", own)
    return own


@pytest.mark.parametrize(
    ("called", "asked", "better"), [("Prisma3T", "prisma3t", "prisma3t"), ("Skyra-2", "skyra-2", "skyra_2")]
)
def test_a_name_that_would_be_refused_is_never_recommended(
    own_configs: Path, called: str, asked: str, better: str
) -> None:
    file = own_configs / "sites" / f"{called}.toml"
    file.write_text(as_toml(shipped("sites/laptop")))
    assert called not in names_in("sites")
    for name in (asked, called):
        with pytest.raises(ConfigError, match=rf"small letters.*: rename it, as to {better}\.toml"):
            read_site(name)
    file.rename(own_configs / "sites" / f"{better}.toml")
    assert read_site(better).name == better


def test_a_shipped_name_with_a_capital_letter_is_no_other_file_of_that_name() -> None:
    with pytest.raises(ConfigError, match=r"no such name in configs/sites; did you mean 'laptop'\?"):
        read_site("Laptop")


@pytest.mark.parametrize("avatar_set", avatar_sets())
@pytest.mark.parametrize("name", names_in("protocols"))
def test_every_avatar_set_has_enough_pictures_for_every_shipped_protocol(name: str, avatar_set: str) -> None:
    needed = read_protocol(name).deciders_needed

    assert len(set(avatars_of(avatar_set, needed))) >= needed


def test_dates_in_a_file_are_no_reason_to_fall(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(as_toml({"name": datetime.datetime(2020, 2, 1, 12, 0), "scan": datetime.date(2020, 2, 1)}))

    with pytest.raises(ConfigError, match="2020-02-01"):
        read_protocol(str(file))
