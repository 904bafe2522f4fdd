"""Commands of the designer: what a protocol shows, and what it can tell."""

from pathlib import Path
from typing import Annotated

import typer

from task.cli.guarded import guarded
from task.cli.options import (
    Avatars,
    Beta,
    DataOfSimulations,
    LearningRates,
    MindKind,
    ProtocolName,
    Seed,
    SiteName,
    Weight,
)

app = typer.Typer()


@app.command()
def preview(
    out: Annotated[Path, typer.Option(help="Folder for the pictures.")],
    protocol: ProtocolName = "relational_value",
    site: SiteName = "laptop",
    avatar_set: Avatars = None,
) -> None:
    """Draw every screen as a picture, and all of them on a contact sheet."""
    guarded("preview", "preview", **locals())


@app.command()
def simulate(
    participants: Annotated[int, typer.Option(min=1, max=9999, help="How many participants.")],
    protocol: ProtocolName = "relational_value",
    seed: Seed = None,
    mind: MindKind = "learner",
    w: Weight = None,
    beta: Beta = None,
    learning_rates: LearningRates = None,
    data: DataOfSimulations = None,
) -> None:
    """Simulate whole sessions on virtual time, without a display, and write them as a dataset.

    Left out, w and beta are drawn for each participant from the learner's priors.
    """
    guarded("simulate", "simulate", **locals())


@app.command()
def recover(
    participants: Annotated[int, typer.Option(min=10, max=9999, help="How many to simulate by each model.")] = 200,
    protocol: ProtocolName = "relational_value",
    seed: Seed = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for tables and picture.  [default: data/recovery/PROTOCOL]")
    ] = None,
) -> None:
    """Show which parameters and models a protocol can tell apart, by simulating and fitting participants."""
    guarded("recover", "recover", **locals())
