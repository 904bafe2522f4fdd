"""``fit``: the learner and its competitors, fitted to everybody in a dataset from the journals of all attempts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from task.cli.status import DONE, FAILED
from task.computer.progress import progress_bar
from task.computer.tables import in_words, print_table
from task.computer.words import and_others
from task.export.derived import stale_of
from task.export.description import kind_of, put_description
from task.export.kept import all_kept, glm_of
from task.glm.conditions import VALUES, glm_to_export
from task.glm.modulators import BESIDE, GLM, GLM_FILE, MODULATOR_COLUMNS, modulators_of
from task.model import hierarchy, results
from task.model.beliefs import Array
from task.model.comparison import compare
from task.model.derivatives import model_folder, remove_earlier, write_signals, write_table
from task.model.models import MODELS, Fit, differences_of, fit_all
from task.model.participants import LEAST_CHOICES, Participant, read_participants
from task.model.plots import draw_fit
from task.model.signals import learned_from
from task.model.stay import StayError, stay_effects, stays_of
from task.model.trials import as_arrays
from task.record.layout import ROOT, Dataset
from task.visit.requests import RequestError

_FEW = 10


def fit(*, data: Path | None, hierarchical: bool) -> int:
    """Fit everybody, write what comes out below ``derivatives/model``, and print it in short."""
    dataset = Dataset(data or ROOT / "data" / "study")
    count = len({person.participant for person in dataset.people()})
    if not count:
        raise RequestError(
            f"{dataset.root}: there are no journals here. Name a dataset with --data, such as data/pilot"
        )
    if hierarchical:
        try:
            hierarchy.refuse_without_numpyro()
        except hierarchy.HierarchyMissing as error:
            raise RequestError(str(error)) from None
    glm = glm_to_export(GLM)
    everybody = []
    with progress_bar(count, "Reading") as advance:
        for one in read_participants(dataset):
            everybody.append(one)
            advance()
    usable = [one for one in everybody if one.responders is not None]
    trials = as_arrays([one.seen for one in usable], [one.responders or 0 for one in usable])
    learned = learned_from(trials)
    fits = fit_all(trials, learned)
    folder = model_folder(dataset.root)
    remove_earlier(dataset.root)
    table = results.fit_table(everybody, usable, fits)
    heads = [one.head for one in everybody if one.head is not None]
    put_description(folder, f"Decider task: {kind_of(heads)}, learner", "derivative")
    for name, content in (("fit", table), ("fit_by_model", results.models_table(usable, fits))):
        described = results.fit_columns()
        write_table(folder / f"{name}.tsv", content, {column: described[column] for column in content})
    _print_participants(table)
    protocols = sorted({protocol for one in everybody for protocol in one.protocols})
    if len(protocols) > 1:
        print(f"Note: runs of several protocols ({', '.join(protocols)}) are taken together here, and all below.")
    with progress_bar(len(usable), "Writing signals") as advance:
        signals = write_signals(folder, usable, learned, fits["learner"], advance)
    modulators = modulators_of(signals, glm)
    write_table(folder / "modulators.tsv", modulators, {**MODULATOR_COLUMNS, GLM_FILE: glm.stamp})
    _print_modulators(modulators)
    _say_what_rests_on_another(dataset)
    enough = [i for i, one in enumerate(usable) if one.choices >= LEAST_CHOICES]
    if not enough:
        print(f"\nTables and signals, without anybody's w and beta: {folder}")
        return FAILED
    _compare(folder, table[table["w"].notna()], {name: fits[name] for name in MODELS}, enough)
    _stay(folder, [usable[i] for i in enough])
    if hierarchical:
        _estimate_group(folder, differences_of(trials, learned)[:, enough])
    print(f"\nTables, pictures and signals: {folder}")
    return DONE


def _say_what_rests_on_another(dataset: Dataset) -> None:
    """Name onset files that were made with another w and beta."""
    found: dict[str, list[str]] = {}
    for person in dataset.people():
        kept = all_kept(dataset.onset_base, person)
        resting = [one for one in kept if (glm := glm_of(one)[0]) and glm.columns_used & set(VALUES)]
        for stale in stale_of(dataset, person, resting):
            found.setdefault(stale.kept.name, []).append(person.stem)
    for name, people in found.items():
        print(f"Note: the onset files {name} of {and_others(people)} do not follow from this fit: `export` again.")


def _print_participants(table: pd.DataFrame) -> None:
    headings = ("participant", "choices", "missed", "w (95 % interval)", "beta (95 % interval)", "best model")
    print_table(headings, [_of_participant(row) for row in table.to_dict("records")], "<>><<<")
    for row in table.to_dict("records"):
        if isinstance(row["note"], str):
            print(f"  {row['participant_id']}: {row['note']}")
    w, beta = table["w"].dropna(), table["beta"].dropna()
    if len(w):
        print(f"\n{len(w)} of {len(table)} participants fitted: median w {w.median():.2f}, beta {beta.median():.2f}.")
        print(f"  {results.ON_BETA}")
    else:
        print("\nNobody has made enough choices to be fitted.")


def _of_participant(row: dict[str, Any]) -> tuple[object, ...]:
    known = row["participant_id"], row["n_choices"], row["n_missed"]
    if np.isnan(row["w"]):
        return *known, "n/a", "n/a", "n/a"
    w, beta = (f"{row[name]:.2f} ({row[f'{name}_low']:.2f} to {row[f'{name}_high']:.2f})" for name in ("w", "beta"))
    return *known, w, beta, in_words(row["best_model"])


def _print_modulators(table: pd.DataFrame) -> None:
    """Print how far each modulator varies in each run, and how far they are entangled."""
    if table.empty:
        return
    print(f"\nVariance of each modulator of the GLM {GLM} within a run, mean over participants:")
    places = list(dict.fromkeys(zip(table["session"], table["run"], strict=True)))
    names = [f"ses-{session} run {run}" if session else f"run {run}" for session, run in sorted(places)]
    by_run = table.set_index(["session", "run"])
    updates = by_run[by_run["modulator"].str.endswith("_by_rank_update")][f"r_{BESIDE}"]
    shown = [
        *((str(name), rows["variance"], ".4f") for name, rows in by_run.groupby("modulator", sort=False)),
        ("variance inflation, worst modulator's", by_run["inflation"].groupby(level=[0, 1]).max(), ".1f"),
        ("r of rank_update and rank_surprise", updates.groupby(level=[0, 1]).mean(), ".2f"),
    ]
    rows = [
        (name, *("n/a" if pd.isna(one) else format(one, form) for one in values.reindex(sorted(places))))
        for name, values, form in shown
    ]
    print_table(("", *names), rows, "<" + ">" * len(names))


def _compare(folder: Path, fitted: pd.DataFrame, fits: dict[str, Fit], enough: Sequence[int]) -> None:
    log_evidence = np.array([found.log_evidence[enough] for found in fits.values()]).T
    comparison = compare(log_evidence)
    table = results.comparison_table(comparison, log_evidence, [found.laplace[enough].sum() for found in fits.values()])
    write_table(folder / "comparison.tsv", table, results.comparison_columns(comparison, len(fitted)))
    draw_fit(fitted, comparison, folder / "fit.png")
    print(f"\nModels (random effects, N = {len(fitted)}):")
    headings = ("model", "log evidence", "(Laplace)", "best for", "frequency", "exceedance", "protected")
    rows = [
        (
            in_words(row["model"]),
            *(f"{row[name]:.1f}" for name in ("log_evidence", "laplace")),
            row["participants_best"],
            *(f"{row[name]:.3f}" for name in ("frequency", "exceedance", "protected_exceedance")),
        )
        for row in table.to_dict("records")
    ]
    print_table(headings, rows, "<>>>>>>")
    print(f"  Probability that all are equally frequent: {comparison.omnibus_risk:.3f}")
    if len(fitted) < _FEW:
        print(f"  Of {len(fitted)} participant{'s' * (len(fitted) != 1)} these say nearly nothing about a population.")
    print(f"  {results.ON_GROUPS}")


def _stay(folder: Path, fitted: Sequence[Participant]) -> None:
    print("\nStaying with a Decider, by what it showed last (log odds; rank and outcome standardised):")
    try:
        found = stay_effects(stays_of(as_arrays([one.seen for one in fitted], [one.responders or 0 for one in fitted])))
    except StayError as error:
        print(f"  left out: {error}")
        return
    table = results.stay_table(found)
    write_table(folder / "stay.tsv", table, results.STAY_COLUMNS)
    headings = ("effect", "averaged (95 % interval; report this)", "mixed model", "spread over people")
    rows = [
        (
            row["effect"],
            f"{row['averaged']:.3f} ({row['averaged_low']:.3f} to {row['averaged_high']:.3f})",
            *(f"{row[name]:.3f}" for name in ("mixed", "spread")),
        )
        for row in table.to_dict("records")
    ]
    print_table(headings, rows, "<<>>")
    print(f"  {found.choices} choices of {found.participants} participants.")


def _estimate_group(folder: Path, differences: Array) -> None:
    count = differences.shape[1]
    if count < hierarchy.LEAST_PARTICIPANTS:
        least = hierarchy.LEAST_PARTICIPANTS
        print(
            f"\nThe group, by a hierarchical model: left out, as {count} participants are too few (at least {least})."
        )
        return
    print("\nThe group, by a hierarchical model (this takes a minute or two):", flush=True)
    found = hierarchy.population_of(differences)
    table = results.group_table(found)
    write_table(folder / "group.tsv", table, results.group_columns(found))
    rows = [
        (
            in_words(row["parameter"]),
            f"{row['median']:.2f}",
            f"{row['low']:.2f} to {row['high']:.2f}",
            f"{row['r_hat']:.3f}",
            f"{row['effective_samples']:.0f}",
        )
        for row in table.to_dict("records")
    ]
    print_table(("parameter", "median", "95 % interval", "R-hat", "effective samples"), rows, "<><>>")
    print(
        "  It takes logit w and log beta for Normal over people: two camps would be given a w between them (fit.png)."
    )
    for doubt in found.doubts:
        print(f"  DO NOT USE THESE: {doubt}.")
