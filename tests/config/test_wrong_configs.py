"""A wrong value is reported with the file, the key, the value found and what is allowed; all of a file at once."""

import copy
import datetime
from pathlib import Path
from typing import Any

import pytest

from task.config import avatars
from task.config.avatars import avatars_of
from task.config.checking import checked
from task.config.protocol import Protocol
from task.config.read import ConfigError, read_protocol
from tests.config.toml_files import GONE, changed, mistakes_in

DEMO, SEPARATE, SITE, WORDS = "protocols/demo", "protocols/separate_feedback", "sites/laptop", "wording/en"
JITTER = "slots.1.duration_s"
CHOICE, INTERVAL, FEEDBACK, SHARE = (
    'slots[1 "choice"]',
    'slots[2 "interval_after_choice"]',
    'slots[3 "feedback"]',
    'slots[5 "share"]',
)

# file, change, key, value found, parts of what is allowed
ONE_MISTAKE: list[tuple[str, dict[str, Any], str, str, tuple[str, ...]]] = [
    # keys that are not known
    (DEMO, {"runs.colour": 1}, "runs.colour", "1, but there is no such key", ("count, trials",)),
    (DEMO, {"scan.tr_s": GONE, "scan.tr": 2.0}, "scan.tr", "2.0, but", ("did you mean tr_s?",)),
    (DEMO, {"scan.tr_s": GONE, "scan.TR_S": 2.0}, "scan.TR_S", "2.0, but", ("did you mean tr_s?",)),
    (DEMO, {"runs.tr_s": 2.0, "scan.tr_s": GONE}, "runs.tr_s", "2.0, but", ("it belongs in [scan]",)),
    (DEMO, {"runs.tr_s": 2.0}, "runs.tr_s", "2.0, but", ("it belongs in [scan], where it stands already",)),
    (DEMO, {"slots.5.wording": "en"}, 'slots[6 "interval_after_share"].wording', '"en", but', ("at the top",)),
    (DEMO, {f"{JITTER}.means_s": 2}, f"{INTERVAL}.duration_s.means_s", "2, but", ("mean_s?",)),
    (DEMO, {"feedback_cells": GONE, "feedback_cell": {"share_per_cell": 0, "trials_per_cell_in_a_run": 0}},
     "feedback_cell", "{ share_per_cell = 0, trials_per_cell_in_a_run = 0 }, but", ("feedback_cells?",)),
    (DEMO, {'scan.a"b': 1}, 'scan."a\\"b"', "1, but", ("tr_s, pulses",)),
    (DEMO, {"scan.größe": 1}, 'scan."größe"', "1, but", ("tr_s, pulses",)),
    (SITE, {"display.screens": 1}, "display.screens", "1, but", ("did you mean screen?",)),
    (SITE, {"devices.keyboard.port": "COM1"}, "devices.keyboard.port", '"COM1", but', ("here can stand: kind",)),
    (WORDS, {"feedback.oops": "x"}, "feedback.oops", '"x", but', ("spots, ranked_you",)),
    # keys and tables that are missing
    (DEMO, {"scan.tr_s": GONE}, "scan.tr_s", "nothing", ("needed", "a number of seconds from 0.05 to 60")),
    (DEMO, {"scan": GONE}, "scan", "nothing", ("this table is needed: [scan]",)),
    (DEMO, {"slots": GONE}, "slots", "nothing", ("[[slots]]",)),
    (DEMO, {"deciders.types": GONE}, "deciders.types", "nothing", ("[[deciders.types]]",)),
    (DEMO, {"slots.0.duration_s": GONE}, f"{CHOICE}.duration_s", "nothing", ("needed: a number of seconds, or a",)),
    (DEMO, {f"{JITTER}.mean_s": GONE}, f"{INTERVAL}.duration_s.mean_s", "nothing", ("a number",)),
    (SITE, {"devices": GONE}, "devices", "nothing", ("this table is needed: [devices]",)),
    (SITE, {"display.width_cm": GONE}, "display.width_cm", "nothing", ("a number of centimetres from 5 to 500",)),
    (SITE, {"strokes.left": GONE}, "strokes.left", "nothing", ("a list in square brackets, at least 1",)),
    (WORDS, {"share.keep": GONE}, "share.keep", "nothing", ("needed", "text in quotes")),
    (WORDS, {"session": GONE}, "session", "nothing", ("this table is needed: [session]",)),
    # values of the wrong type
    (DEMO, {"scan.tr_s": "2.0"}, "scan.tr_s", '"2.0"', ("a number of seconds", "without quotes")),
    (DEMO, {"scan.tr_s": True}, "scan.tr_s", "true", ("a number of seconds",)),
    (DEMO, {"scan.tr_s": [2.0]}, "scan.tr_s", "[2.0]", ("a number of seconds",)),
    (DEMO, {"scan.tr_s": datetime.date(2020, 2, 1)}, "scan.tr_s", "2020-02-01", ("a number of seconds",)),
    (DEMO, {"scan.tr_s": datetime.time(0, 2)}, "scan.tr_s", "00:02:00", ("a number of seconds",)),
    (DEMO, {"runs.trials": 12.0}, "runs.trials", "12.0", ("a whole number (no decimal point) from 1 to 240",)),
    (DEMO, {"runs.trials": True}, "runs.trials", "true", ("a whole number",)),
    (DEMO, {"runs.count": "two"}, "runs.count", '"two"', ("a whole number from 1 to 20",)),
    (DEMO, {"description": 5}, "description", "5", ("text in quotes",)),
    (DEMO, {"scan": 5}, "scan", "5", ("a table",)),
    (DEMO, {"scan": [{"tr_s": 2.0}]}, "scan", "[{ tr_s = 2.0 }]", ("a table",)),
    (DEMO, {"slots": 5}, "slots", "5", ("[[slots]]",)),
    (DEMO, {"slots": {"name": "choice"}}, "slots", '{ name = "choice" }', ("tables, each under [[slots]]",)),
    (DEMO, {"slots.2": "feedback"}, "slots[3]", '"feedback"', ("a table",)),
    (DEMO, {"deciders.kinds": "explicit"}, "deciders.kinds", '"explicit"', ("a list in square brackets",)),
    (DEMO, {"deciders.kinds.1": 2}, "deciders.kinds[2]", "2", ('one of: "explicit", "hidden"',)),
    (DEMO, {"slots.0.duration_s": True}, f"{CHOICE}.duration_s", "true", ("a number of seconds, or a table",)),
    (DEMO, {"slots.0.duration_s": "3"}, f"{CHOICE}.duration_s", '"3"', ("a number of seconds, or a table",)),
    (SITE, {"display.full_screen": "yes"}, "display.full_screen", '"yes"', ("true or false, without quotes",)),
    (SITE, {"display.full_screen": 1}, "display.full_screen", "1", ("true or false",)),
    (SITE, {"display.size_px": [1280]}, "display.size_px", "[1280]", ("a list of 2",)),
    (SITE, {"display.size_px": [1280, 720, 60]}, "display.size_px", "[1280, 720, 60]", ("a list of 2",)),
    (SITE, {"display.size_px": "1280x720"}, "display.size_px", '"1280x720"', ("a list of 2",)),
    (SITE, {"display.size_px.0": 1280.5}, "display.size_px[1]", "1280.5", ("a whole number",)),
    (SITE, {"devices": ["keyboard"]}, "devices", '["keyboard"]', ("a table",)),
    (SITE, {"devices.keyboard": "keyboard"}, "devices.keyboard", '"keyboard"', ('a table, with kind = "keyboard"',)),
    (SITE, {"strokes.left": "keyboard:f"}, "strokes.left", '"keyboard:f"', ("a list in square brackets",)),
    (SITE, {"strokes.left.0": 4}, "strokes.left[1]", "4", ('text like "keyboard:f"',)),
    (WORDS, {"share": "keep"}, "share", '"keep"', ("a table",)),
    (WORDS, {"share.keep": ["Keep {keep}"]}, "share.keep", '["Keep {keep}"]', ("text in quotes",)),
    # not a number, and numbers out of bounds
    (DEMO, {"scan.tr_s": float("nan")}, "scan.tr_s", "nan", ("not nan, not inf",)),
    (DEMO, {"scan.tr_s": float("inf")}, "scan.tr_s", "inf", ("from 0.05 to 60",)),
    (DEMO, {"scan.tr_s": -2.0}, "scan.tr_s", "-2.0", ("from 0.05 to 60",)),
    (DEMO, {"scan.tr_s": 2000}, "scan.tr_s", "2000", ("seconds", "to 60")),
    (DEMO, {"scan.tr_s": 1e-9}, "scan.tr_s", "1e-09", ("from 0.05",)),
    (DEMO, {"scan.tr_s": 10**400}, "scan.tr_s", "a number of very many digits", ("from 0.05",)),
    (DEMO, {"slots.0.duration_s": -3.0}, f"{CHOICE}.duration_s", "-3.0", ("seconds more than 0",)),
    (DEMO, {"slots.0.duration_s": 0}, f"{CHOICE}.duration_s", "0", ("seconds more than 0",)),
    (DEMO, {"slots.0.duration_s": float("nan")}, f"{CHOICE}.duration_s", "nan", ("not nan",)),
    (DEMO, {"slots.0.duration_s": 3000.0}, f"{CHOICE}.duration_s", "3000.0", ("at most 600",)),
    (DEMO, {"runs.lead_in_s": -1.0}, "runs.lead_in_s", "-1.0", ("more than 0",)),
    (DEMO, {"runs.grid_s": -0.1}, "runs.grid_s", "-0.1", ("from 0.001 to 1",)),
    (DEMO, {"runs.grid_s": 0}, "runs.grid_s", "0", ("from 0.001 to 1",)),
    (DEMO, {"runs.grid_s": 1e-7}, "runs.grid_s", "1e-07", ("from 0.001 to 1",)),
    (DEMO, {"runs.trials": 10**9}, "runs.trials", "1000000000", ("from 1 to 240",)),
    (DEMO, {"runs.trials": 0}, "runs.trials", "0", ("from 1 to 240",)),
    (DEMO, {"runs.count": 10**30}, "runs.count", "1" + "0" * 30, ("from 1 to 20",)),
    (DEMO, {"runs.spare_versions": -1}, "runs.spare_versions", "-1", ("from 0 to 10",)),
    (DEMO, {"deciders.responders": 1000}, "deciders.responders", "1000", ("from 2 to 20",)),
    (DEMO, {"deciders.rank_sd": 0.0}, "deciders.rank_sd", "0.0", ("more than 0",)),
    (SITE, {"display.visible_width": 0.0}, "display.visible_width", "0.0", ("from 0.2 to 1",)),
    (SITE, {"display.visible_height": 90}, "display.visible_height", "90", ("from 0.2 to 1",)),
    (SITE, {"display.size_px": [12, 720]}, "display.size_px[1]", "12", ("from 240 to 20000",)),
    (SITE, {"display.width_cm": 0.31}, "display.width_cm", "0.31", ("centimetres from 5 to 500",)),
    (SITE, {"display.distance_cm": 1200}, "display.distance_cm", "1200", ("centimetres from 5 to 500",)),
    (SITE, {"display.refresh_hz": 0}, "display.refresh_hz", "0", ("from 20 to 500",)),
    (SITE, {"strokes.abort_presses": 0}, "strokes.abort_presses", "0", ("from 1 to 5",)),
    # names
    (DEMO, {"name": "../demo"}, "name", '"../demo"', ("take this line out", 'here "lab"')),
    (DEMO, {"slots.1.name": "pause/2"}, 'slots[2 "pause/2"].name', '"pause/2"', ("small letters",)),
    (DEMO, {"slots.1.name": "tail"}, 'slots[2 "tail"].name', '"tail"', ("another name",)),
    (DEMO, {"slots.1.name": "choice"}, 'slots[2 "choice"].name', '"choice"', ("no other slot",)),
    (DEMO, {"deciders.types.1.name": "low_value_low_outcome"}, 'deciders.types[3 "low_value_low_outcome"].name',
     '"low_value_low_outcome"', ("no other type",)),
    (DEMO, {"deciders.avatar_set": "neutrl"}, "deciders.avatar_set", '"neutrl"',
     ('did you mean "neutral"?', '"feminine"')),
    (DEMO, {"wording": "fr"}, "wording", '"fr"', ("configs/wording", '"en"')),
    (SITE, {"devices.My keys": {"kind": "emulated_scanner"}}, 'devices."My keys"', '"My keys"', ("small letters",)),
    # one of a list of names
    (DEMO, {"scan.pulses": "every volume"}, "scan.pulses", '"every volume"', ('did you mean "every_volume"?',)),
    (DEMO, {"slots.0.shows": "choise"}, f"{CHOICE}.shows", '"choise"', ('did you mean "choice"?',)),
    (DEMO, {"deciders.kinds.1": "Hidden"}, "deciders.kinds[2]", '"Hidden"', ('did you mean "hidden"?',)),
    (DEMO, {f"{JITTER}.distribution": "exponential"}, f"{INTERVAL}.duration_s.distribution",
     '"exponential"', ('did you mean "truncated_exponential"?', '"uniform"')),
    (DEMO, {f"{JITTER}.distribution": 3}, f"{INTERVAL}.duration_s.distribution", "3",
     ('"fixed", "uniform"',)),
    (DEMO, {JITTER: {"min_s": 1.0}}, f"{INTERVAL}.duration_s.distribution", "nothing",
     ('"fixed", "uniform"',)),
    (SITE, {"devices.My Box": {"kind": "keyboard", "product": "x"}}, 'devices."My Box"', '"My Box"',
     ('did you mean "my_box"?',)),
    (DEMO, {"slots.0.name": "Große Wahl"}, 'slots[1 "Große Wahl"].name', '"Große Wahl"',
     ('did you mean "grosse_wahl"?',)),
    (DEMO, {"deciders.avatar_set": "Neutral"}, "deciders.avatar_set", '"Neutral"', ('did you mean "neutral"?',)),
    (SITE, {"devices.keyboard.kind": "keybord"}, "devices.keyboard.kind", '"keybord"', ('did you mean "keyboard"?',)),
    # jitter
    (DEMO, {f"{JITTER}.mean_s": 3.0}, f"{INTERVAL}.duration_s.mean_s", "3.0",
     ("more than min_s (0.8)", "less than the middle of min_s and max_s (1.6)")),
    (DEMO, {f"{JITTER}.mean_s": 0.8}, f"{INTERVAL}.duration_s.mean_s", "0.8", ("more than min_s",)),
    (DEMO, {f"{JITTER}.mean_s": 1.6}, f"{INTERVAL}.duration_s.mean_s", "1.6", ("less than the middle",)),
    (DEMO, {f"{JITTER}.max_s": 0.5}, f"{INTERVAL}.duration_s.max_s", "0.5", ("more than min_s (0.8)",)),
    (DEMO, {f"{JITTER}.min_s": 0.85}, f"{INTERVAL}.duration_s.min_s", "0.85",
     ("a multiple of runs.grid_s (0.1 s)",)),
    (DEMO, {JITTER: {"distribution": "uniform", "min_s": 2.0, "max_s": 2.0}},
     f"{INTERVAL}.duration_s.max_s", "2.0", ("more than min_s (2)",)),
    (DEMO, {JITTER: {"distribution": "list", "values_s": []}}, f"{INTERVAL}.duration_s.values_s",
     "[]", ("at least 1",)),
    (DEMO, {JITTER: {"distribution": "list", "values_s": [1.0, 1.23]}},
     f"{INTERVAL}.duration_s.values_s", "1.23", ("a multiple of runs.grid_s",)),
    (DEMO, {JITTER: {"distribution": "list", "values_s": [1.0, "2"]}},
     f"{INTERVAL}.duration_s.values_s[2]", '"2"', ("a number", "without quotes")),
    (DEMO, {"slots.2.duration_s": 2.25}, f"{FEEDBACK}.duration_s", "2.25", ("a multiple of runs.grid_s",)),
    (DEMO, {"runs.grid_s": 0.3}, "runs.grid_s", "0.3", ("one second divided by a whole number",)),
    (DEMO, {"runs.tail_s": 3.05}, "runs.tail_s", "3.05", ("a multiple of grid_s (0.1 s)",)),
    # responses
    (DEMO, {"slots.0.response_window_s": 3.0}, f"{CHOICE}.response_window_s", "3.0",
     ("the slot's own length (2.8 s)",)),
    (DEMO, {"slots.0.response_window_s": 0}, f"{CHOICE}.response_window_s", "0", ("more than 0",)),
    (DEMO, {"slots.1.response_window_s": 0.5}, f"{INTERVAL}.response_window_s", "0.5",
     ("takes no response",)),
    (DEMO, {"slots.1": GONE}, f"{CHOICE}.response_window_s", "2.8", ("at most 2.7", '"feedback" can follow')),
    (DEMO, {"slots.1": GONE, "slots.0.response_window_s": GONE}, f"{CHOICE}.response_window_s", "nothing",
     ("at most 2.7",)),
    (DEMO, {"slots": [{"name": "only", "shows": "choice", "duration_s": 3}]}, 'slots[1 "only"].response_window_s',
     "nothing", ("at most 2.9", '"only" can follow')),
    (SEPARATE, {"slots.7": {"name": "again", "duration_s": 2, "after_match": "rank", "after_no_match": "rank",
     "after_miss": "fixation"}}, 'slots[7 "share"].response_window_s', "2.5", ("at most 2.4", '"again" can follow')),
    (DEMO, {"slots.5": GONE}, f"{SHARE}.response_window_s", "1.8", ("at most 1.7", '"choice" can follow')),
    (DEMO, {"slots.5": GONE, "slots.4.response_window_s": GONE}, f"{SHARE}.response_window_s", "nothing",
     ("at most 1.7", '"choice" can follow')),
    # slots
    (DEMO, {"slots": []}, "slots", "[]", ("[[slots]]", "at least 1")),
    (DEMO, {"slots.0.shows": "fixation", "slots.0.response_window_s": GONE}, f"{CHOICE}.shows", '"fixation"',
     ('"choice" in the first slot',)),
    (DEMO, {"slots.5.shows": "choice"}, 'slots[6 "interval_after_share"].shows', '"choice"',
     ("the first slot only",)),
    (DEMO, {"slots.1.shows": "rank"}, f"{INTERVAL}.shows", '"rank"', ('"choice" or "fixation"',)),
    (DEMO, {"slots.1.shows": GONE}, f"{INTERVAL}.shows", "nothing", ("or instead after_match",)),
    (DEMO, {"slots.2.after_miss": GONE}, f"{FEEDBACK}.after_miss", "nothing", ('"too_slow"', "every outcome")),
    (SEPARATE, {"slots.4.shows": "fixation", "slots.4.after_match": GONE, "slots.4.after_miss": GONE},
     'slots[5 "rank"].after_no_match', '"rank"', ("left out",)),
    (DEMO, {"slots.4.after_no_match": "share"}, f"{SHARE}.after_no_match", '"share"', ("nothing to share",)),
    (DEMO, {"slots.2.after_miss": "rank"}, f"{FEEDBACK}.after_miss", '"rank"', ("nobody was chosen",)),
    (DEMO, {"slots.2.after_match": "too_slow"}, f"{FEEDBACK}.after_match", '"too_slow"', ('"feedback"',)),
    (DEMO, {"slots.2.after_match": "rank"}, f"{SHARE}.after_match", '"share"', ("after a slot with",)),
    (SEPARATE, {"slots.4.after_match": "share"}, 'slots[7 "share"].after_match', '"share"', ("one slot at most",)),
    # pairs, cells, runs
    (DEMO, {"runs.trials": 30}, "runs.trials", "30", ("12 pairs (6 explicit and 6 hidden)", "nearest: 24 or 36")),
    (DEMO, {"runs.trials": 5}, "runs.trials", "5", ("nearest: 12",)),
    (DEMO, {"deciders.types.3": GONE, "runs.trials": 20}, "runs.trials", "20",
     ("6 pairs (3 explicit and 3 hidden)", "18 or 24")),
    (DEMO, {"deciders.types": []}, "deciders.types", "[]", ("[[deciders.types]]", "at least 2")),
    (DEMO, {"deciders.types.0.mean_rank": 9.0}, 'deciders.types[1 "high_value_low_outcome"].mean_rank', "9.0",
     ("from 1 to the 8 responders",)),
    (DEMO, {"deciders.types.2.mean_spots": 0.0}, 'deciders.types[3 "low_value_low_outcome"].mean_spots', "0.0",
     ("from 1 to the 8 responders",)),
    (DEMO, {"deciders.kinds": []}, "deciders.kinds", "[]", ("at least 1",)),
    (DEMO, {"deciders.kinds": ["hidden", "hidden"]}, "deciders.kinds", '["hidden", "hidden"]', ("each kind once",)),
    (DEMO, {"deciders.renew_every_runs": 2}, "deciders.renew_every_runs", "2",
     ("fewer than the session's runs (2)",)),
    (DEMO, {"deciders.renew_every_runs": 1}, "deciders.renew_every_runs", "1",
     ("left out, for the same", "new ones every 1 of 2 runs, the session needs 16 avatars", '"neutral" has 8')),
    (DEMO, {"deciders.renew_every_runs": 1, "deciders.kinds": ["explicit"], "runs.count": 5},
     "deciders.renew_every_runs", "1", ("3 or more, or left out", "needs 20 avatars", '"neutral" has 8')),
    (DEMO, {"deciders.types.4": {"name": "fifth", "mean_rank": 5.0, "mean_spots": 5.0}, "runs.trials": 20},
     "deciders.avatar_set", '"neutral", which has 8 pictures', ("each of the session's 10 Deciders",)),
    (DEMO, {"deciders.types.4": {"name": "fifth", "mean_rank": 5.0, "mean_spots": 5.0}, "runs.trials": 20,
            "deciders.renew_every_runs": 1}, "deciders.avatar_set", '"neutral", which has 8 pictures',
     ("20 Deciders",)),
    (DEMO, {"feedback_cells.trials_per_cell_in_a_run": 2}, "feedback_cells.trials_per_cell_in_a_run", "2",
     ("at most 1", "6 explicit trials")),
    (DEMO, {"feedback_cells.share_per_cell": 8}, "feedback_cells.share_per_cell", "8", ("from 0 to 0.25",)),
    (DEMO, {"trust_game.invested": 5}, "trust_game.invested", "5", ("even",)),
    # the scan
    (DEMO, {"scan.volumes": 61}, "scan.volumes", "61", ("at least 62", "a run lasts 123.6 s", "TR of 2 s")),
    (DEMO, {"scan.volumes_dropped_in_analysis": 62}, "scan.volumes_dropped_in_analysis", "62",
     ("fewer than the run's 62 volumes",)),
    (DEMO, {"scan.pulses_per_volume": 30}, "scan.pulses_per_volume", "30", ('1, unless pulses = "every_slice"',)),
    (DEMO, {"scan.pulses": "every_slice"}, "scan.pulses_per_volume", "1", ("2 or more",)),
    (DEMO, {"scan.pulses": "first_only", "scan.pulses_before_zero": 4}, "scan.pulses_before_zero", "4", ("0, as",)),
    (DEMO, {"scan.pulses": "every_slice", "scan.pulses_per_volume": 30, "scan.pulses_before_zero": 4},
     "scan.pulses_before_zero", "4", ("a multiple of pulses_per_volume (30)",)),
    (DEMO, {"runs.trials": 240, "slots.2.duration_s": 30.0},
     "slots", "slots that with 240 trials make a run of 150 minutes", ("at most 120 minutes", "in seconds")),
    # strokes
    (SITE, {"strokes.pulse": ["keyboard:f"]}, "strokes.left[1]", '"keyboard:f"',
     ("one meaning", "means pulse already")),
    (SITE, {"strokes.left": ["keyboard:f", "keyboard:f"]}, "strokes.left[2]", '"keyboard:f"',
     ("stands here already",)),
    (SITE, {"strokes.abort": ["keyboard:5"]}, "strokes.abort[1]", '"keyboard:5"', ("means pulse already",)),
    (SITE, {"strokes.left": []}, "strokes.left", "[]", ("at least 1",)),
    (SITE, {"strokes.pulse": [], "strokes.manual_start": []}, "strokes.pulse", "nothing", ("no run could start",)),
    (SITE, {"strokes.pulse": ["5"]}, "strokes.pulse[1]", '"5"', ('text like "keyboard:f"',)),
    (SITE, {"strokes.pulse": ["box:5"]}, "strokes.pulse[1]", '"box:5"', ("before the colon", '"keyboard:"')),
    (SITE, {"strokes.abort": ["keyboard:esc"]}, "strokes.abort[1]", '"keyboard:esc"',
     ('did you mean "keyboard:escape"?',)),
    (SITE, {"strokes.left": ["keyboard:55"]}, "strokes.left[1]", '"keyboard:55"', ("a digit",)),
    (SITE, {"strokes.left": ["keyboard:key"]}, "strokes.left[1]", '"keyboard:key"', ("a key's name",)),
    (SITE, {"strokes.left": ["keyboard:F"]}, "strokes.left[1]", '"keyboard:F"', ('did you mean "keyboard:f"?',)),
    (SITE, {"devices.emu": {"kind": "emulated_scanner"}}, "strokes.pulse", '["keyboard:5"]',
     ('["emu:pulse"]', "never from both")),
    (SITE, {"devices.emu": {"kind": "emulated_scanner"}, "strokes.pulse": ["emu:pulse"], "strokes.left": ["emu:5"]},
     "strokes.left[1]", '"emu:5"', ('"emu:pulse"',)),
    (SITE, {"devices.second": {"kind": "keyboard"}}, "devices.second", '{ kind = "keyboard" }',
     ("all keyboards count as one",)),
    (SITE, {"display.height_cm": 5.0}, "display.height_cm", "5.0", ("width_cm (31)",)),
    # words
    (WORDS, {"feedback.spots": "{spots} spots"}, "feedback.spots", '"{spots} spots"', ("{responders} is missing",)),
    (WORDS, {"feedback.spots": "{{spots}} {responders}"}, "feedback.spots", '"{{spots}} {responders}"',
     ("{spots} is missing",)),
    (WORDS, {"feedback.spots": "{spots} {responders} {rank}"}, "feedback.spots", '"{spots} {responders} {rank}"',
     ("nothing else in { }",)),
    (WORDS, {"share.keep": "Keep {0}"}, "share.keep", '"Keep {0}"', ("{keep}", "nothing else in { }")),
    (WORDS, {"share.keep": "Keep {}"}, "share.keep", '"Keep {}"', ("{keep}",)),
    (WORDS, {"share.keep": "Keep {keep!r}"}, "share.keep", '"Keep {keep!r}"', ("nothing else in { }",)),
    (WORDS, {"share.keep": "Keep {keep.x}"}, "share.keep", '"Keep {keep.x}"', ("nothing else in { }",)),
    (WORDS, {"share.keep": "Keep {keep[0]}"}, "share.keep", '"Keep {keep[0]}"', ("nothing else in { }",)),
    (WORDS, {"share.keep": "Keep {keep:>9}"}, "share.keep", '"Keep {keep:>9}"', ("nothing else in { }",)),
    (WORDS, {"share.keep": "Keep {keep"}, "share.keep", '"Keep {keep"', ("in pairs",)),
    (WORDS, {"share.keep": "Keep keep}"}, "share.keep", '"Keep keep}"', ("in pairs",)),
    (WORDS, {"choice_question": "Who, {name}?"}, "choice_question", '"Who, {name}?"', ("without { and }",)),
    (WORDS, {"feedback.match": "{{Match}}"}, "feedback.match", '"{{Match}}"', ("without { and }",)),
    (WORDS, {"feedback.no_match": " match"}, "feedback.no_match", '" match"', ("other words than those of match",)),
    (WORDS, {"feedback.too_slow": "  "}, "feedback.too_slow", '"  "', ("not an empty text",)),
    (WORDS, {"feedback.too_slow": "Too\nslow"}, "feedback.too_slow", '"Too\\nslow"', ("one line",)),
    (WORDS, {"feedback.too_slow": "x" * 300}, "feedback.too_slow", '"' + "x" * 76 + "...", ("1 to 200 characters",)),
]  # fmt: skip


@pytest.mark.parametrize(("file", "change", "key", "found", "allowed"), ONE_MISTAKE)
def test_a_mistake_is_said_once_with_its_key_what_was_found_and_what_is_allowed(
    file: str, change: dict[str, Any], key: str, found: str, allowed: tuple[str, ...], tmp_path: Path
) -> None:
    kind = file.partition("/")[0]

    error = mistakes_in(kind, changed(file, change), tmp_path)

    assert [one.where for one in error.mistakes] == [key], str(error)
    (only,) = error.mistakes
    assert only.found == found or (found.endswith("but") and only.found.startswith(found))
    for part in allowed:
        assert part in only.allowed
    assert str(error).splitlines()[0] == f"{tmp_path / 'lab.toml'}: 1 mistake"
    for part in (key, only.found, *allowed):
        assert part in str(error)


def test_all_mistakes_of_a_file_are_reported_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    change = {
        "scan.tr_s": GONE,
        "scan.tr": 2000,
        "scan.volumes": 10,
        "runs.lead_in_s": 8.05,
        "runs.trials": 13,
        "runs.count": "two",
        "deciders.kind": 3,
        "deciders.types.1.mean_rank": 99,
        "deciders.types.3.mean_rank": True,
        "slots.0.duration_s": -1,
        "slots.2.after_miss": "rank",
        f"{JITTER}.mean_s": 9.0,
        "slots.4.duration_s": 1.23,
        "slots.5.colour": "red",
        "trust_game.invested": 5,
    }

    error = mistakes_in("protocols", changed(DEMO, change), tmp_path)

    assert [one.where for one in error.mistakes] == [
        "scan.tr",
        "scan.tr_s",
        "runs.count",
        "runs.trials",
        "runs.lead_in_s",
        'deciders.types[2 "high_value_high_outcome"].mean_rank',
        'deciders.types[4 "low_value_high_outcome"].mean_rank',
        "deciders.kind",
        "trust_game.invested",
        'slots[1 "choice"].duration_s',
        'slots[2 "interval_after_choice"].duration_s.mean_s',
        'slots[3 "feedback"].after_miss',
        'slots[5 "share"].duration_s',
        'slots[5 "share"].response_window_s',
        'slots[6 "interval_after_share"].colour',
    ]
    assert str(error).startswith(f"{tmp_path / 'lab.toml'}: 15 mistakes\n")


def test_every_entry_that_a_wording_lacks_is_reported(tmp_path: Path) -> None:
    error = mistakes_in("wording", {"share": {}}, tmp_path)

    assert {one.where for one in error.mistakes} == {
        "language",
        "choice_question",
        "feedback",
        "session",
        "check",
        "share.received",
        "share.keep",
        "share.split",
    }


def test_a_forgotten_table_header_is_one_mistake_for_each_key_and_no_more(tmp_path: Path) -> None:
    error = mistakes_in("protocols", changed(DEMO, {"scan": GONE, "tr_s": 2.0, "pulses": "every_volume"}), tmp_path)

    assert [(one.where, one.allowed) for one in error.mistakes] == [
        ("tr_s", "it belongs in [scan]"),
        ("pulses", "it belongs in [scan]"),
    ]


def test_limits_between_two_ticks_of_the_grid_are_refused_before_anything_is_timed(tmp_path: Path) -> None:
    jitter = {"distribution": "uniform", "min_s": 1.53, "max_s": 1.58}

    error = mistakes_in("protocols", changed(DEMO, {JITTER: jitter, "scan.volumes": 3}), tmp_path)

    assert [(one.where, one.found) for one in error.mistakes] == [
        (f"{INTERVAL}.duration_s.min_s", "1.53"),
        (f"{INTERVAL}.duration_s.max_s", "1.58"),
    ]


def test_checking_changes_nothing_in_what_is_checked() -> None:
    content = changed(DEMO, {"scan.tr_s": GONE, "scan.tr": 2.0, "runs.pulses": "first_only"})
    before = copy.deepcopy(content)

    assert isinstance(checked(Protocol, content), list)
    assert content == before


def test_keys_with_dots_are_written_in_quotes(tmp_path: Path) -> None:
    error = mistakes_in("sites", changed(SITE, {}) | {"a.b": {"c d": 1}}, tmp_path)

    assert [one.where for one in error.mistakes] == ['"a.b"']


def test_a_site_that_is_read_as_a_protocol_is_said_to_be_one(tmp_path: Path) -> None:
    error = mistakes_in("protocols", changed(SITE, {}), tmp_path)

    assert "this file is one of configs/sites; one of configs/protocols is needed" in str(error)


def test_an_avatar_set_that_is_not_there_or_too_small_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "robots").mkdir()
    (tmp_path / "robots" / "01.png").touch()
    monkeypatch.setattr(avatars, "AVATARS", tmp_path)

    with pytest.raises(ConfigError, match="did you mean 'robots'"):
        avatars_of("robot", 1)
    with pytest.raises(ConfigError, match="1 pictures found, 8 Deciders need one each"):
        avatars_of("robots", 8)
    assert avatars_of("robots", 1) == ["robots/01"]


def test_a_name_that_is_not_there_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match="did you mean 'demo'"):
        read_protocol("dmo")
    with pytest.raises(ConfigError, match="one of: 'demo', 'relational_value', 'separate_feedback'"):
        read_protocol("")
