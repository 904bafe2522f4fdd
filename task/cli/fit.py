"""``fit``: the learner and its competitors, fitted to everybody in a dataset from the journals of all attempts."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from task.cli.group_results import group_results
from task.cli.modulators import GLM, MODULATOR_COLUMNS, modulators_of, print_modulators
from task.cli.progress import progress_bar
from task.cli.requests import RequestError
from task.cli.status import DONE, FAILED
from task.export.conditions import glm_to_export
from task.export.description import kind_of, put_description
from task.export.files import as_json, write_text
from task.model import hierarchy, results
from task.model.beliefs import Array
from task.model.comparison import compare
from task.model.models import MODELS, Fit, differences_of, fit_all
from task.model.participants import LEAST_CHOICES, Participant, read_participants
from task.model.plots import draw_fit
from task.model.signals import SIGNALS, Learned, Parameters, learned_from, signals_by_journal
from task.model.stay import StayError, stay_effects, stays_of
from task.model.trials import as_arrays
from task.record.layout import ROOT, Dataset, dataset_and_person

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
    folder = dataset.root / "derivatives" / "model"
    for path in group_results(dataset.root):  # of an earlier fit, perhaps of other people and runs; as are the signals
        path.unlink()
    shutil.rmtree(folder / "signals", ignore_errors=True)
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
    signals = _write_signals(folder / "signals", usable, learned, fits["learner"])
    modulators = modulators_of(signals, glm)
    write_table(folder / "modulators.tsv", modulators, MODULATOR_COLUMNS)
    print_modulators(modulators)
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


def write_table(path: Path, table: pd.DataFrame, described: dict[str, Any]) -> None:
    """Write a table, and what its columns mean beside it."""
    write_text(path, _as_text(table))
    write_text(path.with_suffix(".json"), as_json(described))


def _write_signals(
    folder: Path, usable: Sequence[Participant], learned: Learned, found: Fit
) -> dict[Path, pd.DataFrame]:
    """Write each attempt's signals; give those of the attempts that count."""
    columns = {"trial": "Number of the trial in its run", **SIGNALS}
    write_text(folder / "signals.json", as_json({name: {"Description": text} for name, text in columns.items()}))
    counting = {}
    with progress_bar(len(usable), "Writing signals") as advance:
        for i, one in enumerate(usable):
            known = one.choices >= LEAST_CHOICES
            w, beta = (float(found.parameters[name][i]) for name in ("w", "beta"))
            for place, table in signals_by_journal(one.seen, learned, i, Parameters(w, beta) if known else None):
                journal = one.journals[place]
                name = journal.name.replace("_journal.jsonl", "_signals.tsv")
                write_text(folder / dataset_and_person(journal)[1].folder / name, _as_text(table))
                if journal in one.counting:
                    counting[journal] = table
            advance()
    return counting


def _print_participants(table: pd.DataFrame) -> None:
    print("  participant   choices  missed   w (95 % interval)       beta (95 % interval)    best model")
    for row in table.to_dict("records"):
        is_fitted = not np.isnan(row["w"])
        w, beta = (
            f"{row[name]:.2f} ({row[f'{name}_low']:.2f} to {row[f'{name}_high']:.2f})" if is_fitted else "n/a"
            for name in ("w", "beta")
        )
        best = str(row["best_model"]).replace("_", " ") if is_fitted else "n/a"
        line = f"  {row['participant_id']:<13} {row['n_choices']:>7}  {row['n_missed']:>6}   {w:<23} {beta:<23} {best}"
        print(line)
        if isinstance(row["note"], str):
            print(f"      {row['note']}")
    w, beta = table["w"].dropna(), table["beta"].dropna()
    if len(w):
        print(f"\n{len(w)} of {len(table)} participants fitted: median w {w.median():.2f}, beta {beta.median():.2f}.")
        print(f"  {results.ON_BETA}")
    else:
        print("\nNobody has made enough choices to be fitted.")


def _compare(folder: Path, fitted: pd.DataFrame, fits: dict[str, Fit], enough: Sequence[int]) -> None:
    log_evidence = np.array([found.log_evidence[enough] for found in fits.values()]).T
    comparison = compare(log_evidence)
    table = results.comparison_table(comparison, log_evidence, [found.laplace[enough].sum() for found in fits.values()])
    write_table(folder / "comparison.tsv", table, results.comparison_columns(comparison, len(fitted)))
    draw_fit(fitted, comparison, folder / "fit.png")
    print(f"\nModels (random effects, N = {len(fitted)}):")
    print("  model             log evidence  (Laplace)   best for   frequency   exceedance   protected")
    for row in table.to_dict("records"):
        print(
            f"  {row['model'].replace('_', ' '):<17} {row['log_evidence']:>12.1f} {row['laplace']:>10.1f} "
            f"{row['participants_best']:>10} {row['frequency']:>11.3f} {row['exceedance']:>12.3f} "
            f"{row['protected_exceedance']:>11.3f}"
        )
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
    print("  effect       averaged (95 % interval; report this)   mixed model   spread over people")
    for row in table.to_dict("records"):
        averaged = f"{row['averaged']:.3f} ({row['averaged_low']:.3f} to {row['averaged_high']:.3f})"
        print(f"  {row['effect']:<12} {averaged:<39} {row['mixed']:>11.3f} {row['spread']:>20.3f}")
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
    print("  parameter             median   95 % interval      R-hat   effective samples")
    for row in table.to_dict("records"):
        interval = f"{row['low']:.2f} to {row['high']:.2f}"
        print(
            f"  {row['parameter'].replace('_', ' '):<20} {row['median']:>7.2f}   {interval:<17} {row['r_hat']:>6.3f}"
            f" {row['effective_samples']:>19.0f}"
        )
    print(
        "  It takes logit w and log beta for Normal over people: two camps would be given a w between them (fit.png)."
    )
    for doubt in found.doubts:
        print(f"  DO NOT USE THESE: {doubt}.")


def _as_text(table: pd.DataFrame) -> str:
    return table.to_csv(sep="\t", na_rep="n/a", index=False, float_format="%.6g", lineterminator="\n")
