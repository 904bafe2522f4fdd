"""``recover``: which parameters and models a protocol can tell apart, by simulation."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from task.cli.progress import progress_bar
from task.config.protocol import Protocol
from task.config.read import read_protocol
from task.export.files import replaced
from task.model.plots import draw_recovery
from task.model.recovery import BATCH, MISS_RATE, Band, bands_of, confusion_of, recovered_batch
from task.record.layout import ROOT


def recover(*, participants: int, protocol: str, seed: int | None, out: Path | None) -> int:
    """Simulate participants by every model, fit every model to each, and sum up what comes back."""
    science = read_protocol(protocol)
    folder = out or ROOT / "data" / "recovery" / science.name
    recovered = recovered_from(science, participants, 1 if seed is None else seed)
    bands, confusion = bands_of(recovered), confusion_of(recovered)
    _write(recovered, folder / "participants.tsv")
    _write(_table_of(bands), folder / "parameters.tsv")
    _write(confusion.rename_axis("simulated").reset_index(), folder / "models.tsv")
    draw_recovery(recovered, bands, confusion, folder / "recovery.png")
    print(
        f"Protocol {science.name}: {participants} participants simulated by each of {len(confusion)} models, with "
        f"{MISS_RATE:.0%} of trials missed.\n"
    )
    _print_bands(bands)
    _print_confusion(confusion)
    print(f"\nTables and picture: {folder}")
    return 0


def recovered_from(protocol: Protocol, participants: int, seed: int) -> pd.DataFrame:
    """Give what ``recovered_batch`` gives for all participants; the batches are shared out among the processors."""
    batches = [(first, min(first + BATCH - 1, participants)) for first in range(1, participants + 1, BATCH)]
    tables: list[pd.DataFrame] = []
    with _workers(min(len(batches), os.cpu_count() or 1)) as pool, progress_bar(participants, "Recovering") as advance:
        waiting = {pool.submit(recovered_batch, protocol, *batch, seed): batch for batch in batches}
        for done in as_completed(waiting):
            tables.append(done.result())
            first, last = waiting[done]
            for _ in range(first, last + 1):
                advance()
    return pd.concat(tables).sort_values(["participant", "simulated"]).reset_index(drop=True)


@contextmanager
def _workers(count: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of processes; when interrupted, what has not begun is dropped."""
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _table_of(bands: list[Band]) -> pd.DataFrame:
    rows = []
    for band in bands:
        row = asdict(band)
        for name in ("correlation_w", "correlation_beta"):
            row[name], row[f"{name}_low"], row[f"{name}_high"] = row[name]
        rows.append(row)
    return pd.DataFrame(rows)


def _write(table: pd.DataFrame, path: Path) -> None:
    with replaced(path) as unfinished:
        table.to_csv(unfinished, sep="\t", na_rep="n/a", index=False, float_format="%.6g", lineterminator="\n")


def _print_bands(bands: list[Band]) -> None:
    print("  true beta      N    r(w), 95 % interval   w apart   r(beta), 95 % interval   beta apart")
    for band in bands:
        is_all = band is bands[-1] and len(bands) > 1
        name = "all" if is_all else f"{band.low:g} to {band.high:g}"
        w, beta = (f"{r:.2f} ({low:.2f} to {high:.2f})" for r, low, high in (band.correlation_w, band.correlation_beta))
        apart = f"{band.apart_w:.2f}" if band.apart_w < 1 else "none"
        print(f"  {name:<12} {band.participants:>4}    {w:<20} {apart:>8}   {beta:<22} {band.apart_beta:>9.1f} x")
    print(
        "\n  apart: how much two participants have to differ to be told apart (95 %): in w, and in beta as a factor."
        "\n  Within a narrow range of beta r(beta) is small of necessity: there is little to tell.\n"
    )


def _print_confusion(confusion: pd.DataFrame) -> None:
    names = [f"{name.replace('_', ' '):>16}" for name in confusion]
    print("  simulated by (rows), fitted best by (columns):")
    print(" " * 19 + "".join(names))
    for name, row in confusion.iterrows():
        print(f"  {str(name).replace('_', ' '):<17}" + "".join(f"{share:>16.2f}" for share in row))
