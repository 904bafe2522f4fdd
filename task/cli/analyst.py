"""Commands of the analyst: what was recorded, and what is made of it."""

from pathlib import Path
from typing import Annotated

import typer

from task.cli.guarded import guarded
from task.cli.options import (
    Data,
)

app = typer.Typer()


@app.command()
def show(
    journal: Annotated[Path, typer.Argument(help="Journal of an attempt at a run, below sourcedata/ of a dataset.")],
    full: Annotated[bool, typer.Option("--full", help="Leave nothing out: whole protocol, site, wording.")] = False,
) -> None:
    """Tell the story of a run from its journal: who, when, with what, each trial, and all that went wrong."""
    guarded("show", "show", **locals())


@app.command()
def verify(
    data: Data = None,
    participant: Annotated[str | None, typer.Option(help="Check this participant's runs only.")] = None,
) -> None:
    """Check every run against its plan and its presses, and every events file against its journal.

    Nothing is written. Exit status 0 only if all is well.
    """
    guarded("verify", "verify", **locals())


@app.command()
def export(
    data: Data = None,
    participant: Annotated[str | None, typer.Option(help="Export this participant only.")] = None,
    file_format: Annotated[
        str, typer.Option("--format", help="Onset files: fsl, afni, spm, nilearn or all; bids: the events only.")
    ] = "fsl",
    glm: Annotated[
        str | None,
        typer.Option(help="What to model: a name in configs/glm, or a .toml file.  [default: match_by_rank]"),
    ] = None,
    planned: Annotated[
        bool, typer.Option("--planned", help="From the saved plans, not from what was recorded.")
    ] = False,
    choices: Annotated[
        str, typer.Option(help="With --planned: none, or simulated, as a simulated participant would choose.")
    ] = "none",
) -> None:
    """Make events and onset files for FSL, AFNI, SPM and nilearn, from the journals or from the plans."""
    guarded("export", "export", **locals())


@app.command()
def fit(
    data: Data = None,
    hierarchical: Annotated[
        bool, typer.Option("--hierarchical", help="Also estimate the group by a hierarchical model (needs numpyro).")
    ] = False,
) -> None:
    """Fit the learner and its competitors to every participant, from the journals of all attempts.

    Writes tables, pictures and trialwise signals below derivatives/model of the dataset.
    """
    guarded("fit", "fit", **locals())
