"""The options that several commands share, in the field's words."""

from pathlib import Path
from typing import Annotated

import typer

Participant = Annotated[str, typer.Option(help="Participant label: letters and digits, as in 01.")]
Session = Annotated[str | None, typer.Option(help="Session label, if the study has several sessions.")]
Run = Annotated[int | None, typer.Option(min=1, help="Run to perform; left out, the first that is not complete.")]
ProtocolName = Annotated[str, typer.Option(help="Protocol: a name in configs/protocols, or a .toml file.")]
UsualProtocol = Annotated[
    str | None,
    typer.Option(
        help="Protocol: a name in configs/protocols, or a .toml file; left out, the saved plan's, or else "
        "relational_value."
    ),
]
SiteName = Annotated[str, typer.Option(help="Site: a name in configs/sites, or a .toml file.")]
Seed = Annotated[int | None, typer.Option(help="Seed of all that is drawn by chance.  [default: 1]")]
Data = Annotated[Path | None, typer.Option(help="Folder of the dataset; left out, data/study, that of real sessions.")]
DataOfSite = Annotated[
    Path | None,
    typer.Option(help="Folder of the dataset; left out, data/study, or data/pilot if the site's scanner is emulated."),
]
DataOfPilots = Annotated[Path | None, typer.Option(help="Folder of the dataset; left out, data/pilot.")]
DataOfSimulations = Annotated[Path | None, typer.Option(help="Folder of the dataset; left out, data/simulated.")]
Avatars = Annotated[
    str | None,
    typer.Option("--avatars", help="Avatar set that the participant picked; left out, the protocol's own."),
]
OrderIndex = Annotated[
    int | None,
    typer.Option(min=0, help="Place in the counterbalancing order; left out, the number that the label ends in."),
]
SavedPlan = Annotated[bool, typer.Option("--saved-plan", help="Perform the saved plan, even if it differs.")]
Autopilot = Annotated[bool, typer.Option("--autopilot", help="Let the simulated participant play.")]
MindKind = Annotated[
    str,
    typer.Option("--mind", help="The simulated participant's: learner, outcomes, ranks, rescorla_wagner or chance."),
]
Weight = Annotated[
    float | None,
    typer.Option(
        "--w",
        help="Its weight of ranks (1) against outcomes (0), of learner and rescorla_wagner.  [default: pilot 0.5, "
        "simulate drawn]",
        show_default=False,
    ),
]
Beta = Annotated[
    float | None,
    typer.Option(
        "--beta",
        help="How strictly it chooses by value, of all but chance.  [default: pilot 3, simulate drawn]",
        show_default=False,
    ),
]
LearningRates = Annotated[
    tuple[float, float] | None,
    typer.Option(
        "--learning-rates", help="Of rescorla_wagner: for ranks, for outcomes.  [default: 0.3 0.3]", show_default=False
    ),
]
