"""``fit``: the learner and its competitors, fitted to everybody in a dataset from the journals of all attempts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from task.cli.progress import progress_bar
from task.cli.requests import RequestError
from task.export.description import kind_of, put_description
from task.export.files import as_json, replaced, write_text
from task.model import results
from task.model.beliefs import Array
from task.model.comparison import compare
from task.model.hierarchy import HierarchyMissing, estimates_of, refuse_without_numpyro
from task.model.models import MODELS, Fit, differences_of, fit_all
from task.model.participants import LEAST_CHOICES, Participant, read_participants
from task.model.plots import draw_fit
from task.model.signals import SIGNALS, Learned, Parameters, learned_from, signals_by_journal
from task.model.stay import StayError, stay_effects, stays_of
from task.model.trials import as_arrays
from task.record.layout import ROOT, Dataset, dataset_and_person, run_and_attempt

_OF_THE_GROUP = (*(f"{name}.{kind}" for name in ("comparison", "stay", "group") for kind in ("tsv", "json")), "fit.png")


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
            refuse_without_numpyro()
        except HierarchyMissing as error:
            raise RequestError(str(error)) from None
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
    for name in _OF_THE_GROUP:  # of an earlier fit, perhaps of other people
        (folder / name).unlink(missing_ok=True)
    table = results.fit_table(everybody, usable, fits)
    heads = [one.head for one in everybody if one.head is not None]
    put_description(folder, f"Decider task: {kind_of(heads)}, learner", "derivative")
    _write(folder / "fit.tsv", table, results.fit_columns())
    _print_participants(table)
    variances = _write_signals(folder / "signals", usable, learned, fits["learner"])
    _print_variances(variances)
    enough = [i for i, one in enumerate(usable) if one.choices >= LEAST_CHOICES]
    if enough:
        fitted = table[table["w"].notna()]
        _compare(folder, fitted, np.array([fits[name].log_evidence[enough] for name in MODELS]).T)
        _stay(folder, [usable[i] for i in enough])
        if hierarchical:
            _estimate_group(folder, differences_of(trials, learned)[:, enough])
    print(f"\nTables, pictures and signals: {folder}")
    return 0


def _write(path: Path, table: pd.DataFrame, described: dict[str, Any] | None = None) -> None:
    with replaced(path) as unfinished:
        table.to_csv(unfinished, sep="\t", na_rep="n/a", index=False, float_format="%.6g", lineterminator="\n")
    if described is not None:
        write_text(path.with_suffix(".json"), as_json(described))


def _write_signals(folder: Path, usable: Sequence[Participant], learned: Learned, found: Fit) -> pd.DataFrame:
    """Write each attempt's signals; give the variance of each signal in each run that counts."""
    write_text(folder / "signals.json", as_json({name: {"Description": text} for name, text in SIGNALS.items()}))
    rows = []
    with progress_bar(len(usable), "Writing signals") as advance:
        for i, one in enumerate(usable):
            known = one.choices >= LEAST_CHOICES
            w, beta = (float(found.parameters[name][i]) for name in ("w", "beta"))
            for place, table in signals_by_journal(one.seen, learned, i, Parameters(w, beta) if known else None):
                journal = one.journals[place]
                _, person = dataset_and_person(journal)
                name = journal.name.replace("_journal.jsonl", "_signals.tsv")
                _write(folder / person.folder / name, table)
                if journal in one.counting:
                    run = {"session": person.session or "", "run": run_and_attempt(journal)[0]}
                    rows.append(run | {signal: table[signal].var(ddof=0) for signal in SIGNALS})
            advance()
    return pd.DataFrame(rows, columns=["session", "run", *SIGNALS])


def _print_participants(table: pd.DataFrame) -> None:
    print("  participant   choices  missed   w (error)      beta (error)    best model")
    for row in table.to_dict("records"):
        is_fitted = not np.isnan(row["w"])
        w = f"{row['w']:.2f} ({row['w_se']:.2f})" if is_fitted else "n/a"
        beta = f"{row['beta']:.2f} ({row['beta_se']:.2f})" if is_fitted else "n/a"
        best = str(row["best_model"]).replace("_", " ") if is_fitted else "n/a"
        line = f"  {row['participant_id']:<13} {row['n_choices']:>7}  {row['n_missed']:>6}   {w:<14} {beta:<15} {best}"
        print(line)
        if isinstance(row["note"], str):
            print(f"      {row['note']}")
    w, beta = table["w"].dropna(), table["beta"].dropna()
    if len(w):
        print(f"\n{len(w)} of {len(table)} participants fitted: median w {w.median():.2f}, beta {beta.median():.2f}.")
    else:
        print("\nNobody has made enough choices to be fitted.")


def _print_variances(variances: pd.DataFrame) -> None:
    if variances.empty:
        return
    print("\nVariance of each signal within a run, mean over participants:")
    runs = variances.groupby(["session", "run"])[list(SIGNALS)].mean()
    names = [f"ses-{session} run {run}" if session else f"run {run}" for session, run in runs.index]
    print(" " * 20 + "".join(f"{name:>{max(10, len(name) + 2)}}" for name in names))
    for signal in SIGNALS:
        means = ["n/a" if np.isnan(mean) else f"{mean:.4f}" for mean in runs[signal]]
        cells = [f"{mean:>{max(10, len(name) + 2)}}" for mean, name in zip(means, names, strict=True)]
        print(f"  {signal.replace('_', ' '):<18}" + "".join(cells))


def _compare(folder: Path, fitted: pd.DataFrame, log_evidence: Array) -> None:
    comparison = compare(log_evidence)
    table = results.comparison_table(comparison, log_evidence)
    _write(folder / "comparison.tsv", table, results.comparison_columns(comparison, len(fitted)))
    draw_fit(fitted, comparison, folder / "fit.png")
    print("\nModels (random effects):")
    print("  model             log evidence   best for   frequency   exceedance   protected")
    for row in table.to_dict("records"):
        print(
            f"  {row['model'].replace('_', ' '):<17} {row['log_evidence']:>12.1f} {row['participants_best']:>10} "
            f"{row['frequency']:>11.3f} {row['exceedance']:>12.3f} {row['protected_exceedance']:>11.3f}"
        )
    print(f"  Probability that all are equally frequent: {comparison.omnibus_risk:.3f}")


def _stay(folder: Path, fitted: Sequence[Participant]) -> None:
    print("\nStaying with a Decider, by what it showed last (log odds; rank and outcome standardised):")
    try:
        found = stay_effects(stays_of(as_arrays([one.seen for one in fitted], [one.responders or 0 for one in fitted])))
    except StayError as error:
        print(f"  left out: {error}")
        return
    table = results.stay_table(found)
    _write(folder / "stay.tsv", table, results.STAY_COLUMNS)
    print("  effect       mixed model   spread over people   averaged (robust error)")
    for row in table.to_dict("records"):
        averaged = f"{row['averaged']:.3f} ({row['averaged_se']:.3f})"
        print(f"  {row['effect']:<12} {row['mixed']:>11.3f} {row['spread']:>20.3f}   {averaged}")


def _estimate_group(folder: Path, differences: Array) -> None:
    print("\nThe group, by a hierarchical model (this takes a minute or two):", flush=True)
    table = results.group_table(estimates_of(differences))
    _write(folder / "group.tsv", table, results.GROUP_COLUMNS)
    print("  parameter             median   95 % interval      R-hat")
    for row in table.to_dict("records"):
        interval = f"{row['low']:.2f} to {row['high']:.2f}"
        print(f"  {row['parameter'].replace('_', ' '):<20} {row['median']:>7.2f}   {interval:<17} {row['r_hat']:>6.3f}")
    if (table["r_hat"] > 1.01).any():
        print("  The chains do not agree (R-hat above 1.01): do not use these.")
