"""The commands as an operator types them, on virtual time or without any: what they say, and their exit status."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from task.record.layout import ROOT
from tests.config.toml_files import as_toml, changed

SHORT = str(ROOT / "tests" / "short.toml")
COMMANDS = [
    *("pilot", "run", "check", "watch", "plan", "simulate", "export", "show", "verify", "rezero", "rescue", "forget"),
    *("fit", "recover"),
    "preview",
]


def typed(
    *words: str, stdin: str = "", cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the program as typed in a terminal, without a display unless one is named."""
    env = {key: value for key, value in os.environ.items() if key != "DISPLAY"} | environment
    env["PYTHONFAULTHANDLER"] = "1"
    command = [sys.executable, str(ROOT / "run_session.py"), *words]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    encoding = environment.get("PYTHONIOENCODING", "utf-8")
    with subprocess.Popen(command, **pipes, encoding=encoding, env=env, cwd=cwd, start_new_session=True) as program:
        try:
            stdout, stderr = program.communicate(stdin, timeout=100)
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGABRT)  # each of its processes says where it hangs
            raise AssertionError("hangs:\n" + "\n".join(program.communicate())) from None
    return subprocess.CompletedProcess(command, program.returncode, stdout, stderr)


def assert_no_traceback(done: subprocess.CompletedProcess[str]) -> None:
    assert "Traceback" not in done.stdout + done.stderr


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['run_session.py', 'run', '--help']\n"
        "from task.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = ('psychopy', 'pandas', 'numpy', 'scipy', 'PIL', 'task.config', 'task.plan')\n"
        "print('HEAVY', [name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert "--participant" in done.stdout
    assert "HEAVY []" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    done = typed(command, "--help")
    assert done.returncode == 0
    assert f"run_session.py {command}" in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["pilot", "--protocol", "demoo"], "did you mean 'demo'"),
        (["pilot", "--site", "lptop"], "did you mean 'laptop'"),
        (["plan", "--participant", "a/b"], "letters a-z and digits only"),
        (["plan", "--participant", "anna"], "--order-index"),
        (["plan", "--participant", "01", "--avatars", "femine"], "did you mean 'feminine'"),
        (["pilot", "--run", "9"], "has runs 1 to 2"),
        (["pilot", "--run", "0"], "run"),
        (["run", "--participant", "01", "--site", "scanner_keyboard"], "no display"),
        (["run", "--participant", "01"], "--site"),
        (["simulate", "--participants", "0"], "participants"),
        (["plann"], "plan"),
        ([], "--help"),
    ],
)
def test_bad_input_is_explained_and_has_status_2(words: list[str], says: str, tmp_path: Path) -> None:
    done = typed(*words, *(["--data", str(tmp_path)] if len(words) > 1 else []))
    assert done.returncode == 2
    assert says in done.stderr
    assert_no_traceback(done)
    assert list(tmp_path.iterdir()) == []


def test_a_mind_for_a_person_who_plays_is_refused(tmp_path: Path) -> None:
    done = typed("pilot", "--w", "0.8", "--data", str(tmp_path), DISPLAY=":9")
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "add --autopilot" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"choice_question": "Wem möchten Sie " + "sehr " * 30 + "gern begegnen?"}, "too long to be readable"),
        ({"share.received": "\u5bf9\u65b9\u7ed9\u4f60 {pot}"}, "has no '\u5bf9' (U+5BF9) (screen: share)"),
        ({"check.alarm": "\u2620"}, "(screen: check_alarm)"),
        ({"session.points": "M" * 33 + " {points}"}, "(screen: end_of_run)"),
    ],
)
def test_a_wording_that_cannot_be_shown_is_refused_before_anything_is_made(
    words: dict[str, str], said: str, tmp_path: Path
) -> None:
    (tmp_path / "ours.toml").write_text(as_toml(changed("wording/en", words)), encoding="utf-8")
    protocol = tmp_path / "quick.toml"
    protocol.write_text('wording = "ours.toml"\n' + Path(SHORT).read_text())
    for command in (
        ("plan", "--participant", "01", "--data", str(tmp_path / "data")),
        ("pilot", "--data", str(tmp_path / "data")),
        ("preview", "--out", str(tmp_path / "data")),
    ):
        done = typed(*command, "--protocol", str(protocol))
        assert done.returncode == 2, done.stdout
        assert "the wording ours: not all of its words can be shown" in done.stderr and said in done.stderr
        assert not (tmp_path / "data").exists()


def test_export_of_an_empty_folder_says_what_to_name(tmp_path: Path) -> None:
    done = typed("export", "--data", str(tmp_path))
    assert done.returncode == 2
    assert "no journals" in done.stderr
    assert "--data" in done.stderr


def test_a_folder_that_cannot_be_written_fails_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = typed("plan", "--participant", "01", "--data", str(tmp_path / "file"))
    assert done.returncode == 1
    assert str(tmp_path / "file") in done.stderr
    assert_no_traceback(done)


def test_plan_saves_the_plan_and_its_planned_onsets(tmp_path: Path) -> None:
    done = typed("plan", "--participant", "sub-07", "--data", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "630 s, 315 volumes" in done.stdout
    (plan,) = tmp_path.rglob("*_plan.json")
    assert json.loads(plan.read_text())["order_index"] == 7
    assert len(list((tmp_path / "derivatives" / "planned").rglob("*_events.tsv"))) == 4
    assert list((tmp_path / "derivatives" / "planned").rglob("*choice*.txt"))
    before = plan.read_bytes()
    assert typed("plan", "--participant", "07", "--data", str(tmp_path)).returncode == 0
    assert plan.read_bytes() == before


def test_a_plan_that_nothing_was_performed_with_is_made_anew(tmp_path: Path) -> None:
    typed("plan", "--participant", "07", "--data", str(tmp_path))
    done = typed("plan", "--participant", "07", "--seed", "5", "--data", str(tmp_path))
    assert done.returncode == 0
    assert "seed" in done.stdout
    assert json.loads(next(tmp_path.rglob("*_plan.json")).read_text())["seed"] == 5


def test_a_plan_that_is_made_anew_keeps_what_was_not_asked_for(tmp_path: Path) -> None:
    started = ("--protocol", "demo", "--avatars", "feminine", "--order-index", "3", "--data", str(tmp_path))
    typed("plan", "--participant", "07", *started)
    done = typed("plan", "--participant", "07", "--seed", "5", "--data", str(tmp_path))
    assert done.returncode == 0, done.stderr
    plan = json.loads(next(tmp_path.rglob("*_plan.json")).read_text())
    kept = (plan["protocol"]["name"], plan["avatar_set"], plan["order_index"])
    assert (*kept, plan["seed"]) == ("demo", "feminine", 3, 5)


def test_simulate_writes_a_dataset_and_never_over_one(tmp_path: Path) -> None:
    done = typed("simulate", "--participants", "2", "--protocol", "demo", "--data", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "times real time" in done.stdout
    assert len(list(tmp_path.glob("sub-*/func/*_events.tsv"))) == 4
    head = json.loads(next(tmp_path.rglob("*_journal.jsonl")).read_text().splitlines()[0])
    assert head["virtual"] is head["emulated"] is True
    again = typed("simulate", "--participants", "2", "--protocol", "demo", "--data", str(tmp_path))
    assert again.returncode == 2
    assert "already holds data" in again.stderr


def test_simulations_with_the_same_seed_are_the_same(tmp_path: Path) -> None:
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        words = ("simulate", "--participants", "1", "--protocol", SHORT, "--seed", seed, "--data", str(tmp_path / name))
        assert typed(*words).returncode == 0
    events = {name: next((tmp_path / name).glob("sub-*/func/*run-01_events.tsv")).read_bytes() for name in "abc"}
    assert events["a"] == events["b"] != events["c"]


def test_export_makes_the_same_files_again(tmp_path: Path) -> None:
    typed("simulate", "--participants", "1", "--protocol", "demo", "--data", str(tmp_path))
    made = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for path in tmp_path.glob("sub-*/func/*"):
        path.unlink()
    done = typed("export", "--data", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == made


def test_preview_draws_every_screen(tmp_path: Path) -> None:
    from PIL import Image

    done = typed("preview", "--out", str(tmp_path / "pictures"), "--protocol", "separate_feedback")
    assert done.returncode == 0, done.stderr
    names = {re.sub(r"^\d+_", "", path.stem) for path in (tmp_path / "pictures").glob("*.png")}
    assert {"waiting", "fixation", "choice", "choice_made", "match", "no_match", "rank", "rank_hidden"} <= names
    assert {"share", "share_made", "too_slow", "paused", "end_of_run", "contact_sheet"} <= names
    with Image.open(tmp_path / "pictures" / "contact_sheet.png") as sheet:
        assert len(sheet.getcolors(10**7)) > 100


def test_the_dialog_s_answers_become_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    from task.cli import dialog

    asked: dict[str, object] = {}
    monkeypatch.setattr(dialog.runs, "run", lambda **options: asked.update(options) or 0)
    monkeypatch.setattr(dialog.runs, "pilot", lambda **options: asked.update(pilot=True, **options) or 0)
    answers = {
        "Participant": " 12 ",
        "Session (may be empty)": "",
        "Run (empty: the next one)": "2",
        "Site": "scanner_keyboard",
        "Protocol": "demo",
        "Avatars": "feminine",
    }
    assert dialog.run_answers(answers) == 0
    assert asked == {
        "participant": "12",
        "session": None,
        "run": 2,
        "site": "scanner_keyboard",
        "protocol": "demo",
        "avatar_set": "feminine",
        "data": None,
    }
    dialog.run_answers(
        {**answers, "Site": dialog.PILOT, "Run (empty: the next one)": "", "Avatars": "as the protocol says"}
    )
    assert asked["pilot"] is True
    assert (asked["run"], asked["avatar_set"]) == (None, None)
    from task.visit.requests import RequestError

    with pytest.raises(RequestError, match="whole number"):
        dialog.run_answers({**answers, "Run (empty: the next one)": "two"})


def test_what_was_asked_for_once_stays_when_a_plan_is_made_anew(tmp_path: Path) -> None:
    own = ["--avatars", "feminine", "--order-index", "5", "--seed", "9"]
    assert typed("plan", "--participant", "anna", *own, "--data", str(tmp_path)).returncode == 0
    done = typed("plan", "--participant", "anna", "--protocol", "separate_feedback", "--data", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "made anew" in done.stdout
    plan = json.loads(next(tmp_path.rglob("*_plan.json")).read_text())
    assert (plan["avatar_set"], plan["order_index"], plan["seed"]) == ("feminine", 5, 9)
    assert plan["protocol"]["name"] == "separate_feedback"


def test_a_lost_plan_is_made_again_from_the_journals(tmp_path: Path) -> None:
    """And a plan that journals were performed by is not replaced by another."""
    typed("simulate", "--participants", "1", "--protocol", SHORT, "--seed", "4", "--data", str(tmp_path))
    (saved,) = tmp_path.rglob("*_plan.json")
    before = saved.read_bytes()
    saved.unlink()
    done = typed("plan", "--participant", "01", "--protocol", SHORT, "--data", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "made again from the journals" in done.stdout
    assert saved.read_bytes() == before
    other = typed("plan", "--participant", "01", "--seed", "5", "--protocol", SHORT, "--data", str(tmp_path))
    assert other.returncode == 2
    assert "differs from it in: seed" in other.stderr
    assert saved.read_bytes() == before


def test_simulated_and_emulated_runs_are_kept_apart(tmp_path: Path) -> None:
    typed("simulate", "--participants", "1", "--protocol", SHORT, "--data", str(tmp_path))
    for participant in ("01", "02"):
        done = typed("pilot", "--participant", participant, "--protocol", SHORT, "--data", str(tmp_path), DISPLAY=":9")
        assert done.returncode == 2, done.stdout
        assert "kept apart" in done.stderr


def test_preview_of_a_room_s_screen_needs_no_second_screen(tmp_path: Path) -> None:
    done = typed("preview", "--out", str(tmp_path), "--protocol", SHORT, "--site", "scanner_keyboard")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "contact_sheet.png").exists()
