"""The commands. Each imports what it needs when it runs, so that help comes at once."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from task.cli.guarded import guarded

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="An fMRI task about being chosen and being ranked: pilot it, run it in the scanner, make onset files.",
    epilog="Without a command, a dialog asks. Exit status: 0 done, 1 failed, 2 bad input, 3 ended early.",
)

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
    str | None, typer.Option(help="Avatar set that the participant picked; left out, the protocol's own.")
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


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        point = f", as in {text.replace(',', '.')}" if text.count(",") == 1 else ""
        raise typer.BadParameter(f"{text!r}: a number of seconds, with a decimal point and no comma{point}.") from None


@app.callback(invoke_without_command=True)
def _without_a_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        guarded("dialog", "ask_and_run")


@app.command()
def pilot(
    participant: Annotated[
        str | None, typer.Option(help="Participant label.  [default: the next of pilot01, pilot02, ...]")
    ] = None,
    session: Session = None,
    run: Run = None,
    protocol: ProtocolName = "demo",
    site: SiteName = "laptop",
    seed: Seed = None,
    autopilot: Autopilot = False,
    mind: MindKind = "learner",
    w: Weight = None,
    beta: Beta = None,
    learning_rates: LearningRates = None,
    avatars: Avatars = None,
    order_index: OrderIndex = None,
    saved_plan: SavedPlan = False,
    data: DataOfPilots = None,
) -> None:
    """Try the task on a laptop, with the emulated scanner.

    Without a display it starts a virtual one and plays by itself. Its data are kept apart, in data/pilot.
    """
    guarded(
        "runs",
        "pilot",
        participant=participant,
        session=session,
        run=run,
        protocol=protocol,
        site=site,
        seed=seed,
        autopilot=autopilot,
        mind=(mind, w, beta, learning_rates),
        avatar_set=avatars,
        order_index=order_index,
        perform_saved_plan=saved_plan,
        data=data,
    )


@app.command()
def run(
    participant: Participant,
    site: SiteName,
    session: Session = None,
    run: Run = None,
    protocol: UsualProtocol = None,
    seed: Seed = None,
    avatars: Avatars = None,
    order_index: OrderIndex = None,
    again: Annotated[
        bool, typer.Option("--again", help="Perform a complete run once more, with other trials.")
    ] = False,
    saved_plan: SavedPlan = False,
    data: DataOfSite = None,
) -> None:
    """Perform a run in the MRI suite. Pulses come from the site's own devices."""
    guarded(
        "runs",
        "run",
        participant=participant,
        session=session,
        run=run,
        protocol=protocol,
        site=site,
        seed=seed,
        avatar_set=avatars,
        order_index=order_index,
        again=again,
        perform_saved_plan=saved_plan,
        data=data,
    )


@app.command()
def check(
    site: SiteName,
    participant: Annotated[str | None, typer.Option(help="Participant label: looks at plan and data, too.")] = None,
    session: Session = None,
    protocol: UsualProtocol = None,
    data: DataOfSite = None,
    no_person: Annotated[bool, typer.Option("--no-person", help="Skip what needs hands.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
    time_limit: Annotated[
        float, typer.Option(min=1, max=600, help="Seconds to wait for each press, and for the first pulse.")
    ] = 12,
) -> None:
    """Check a room before a session: screen, buttons, pulses, disk, plan. Nothing is changed.

    Exit status 0 only if nothing failed.
    """
    guarded(
        "check",
        "check",
        site=site,
        participant=participant,
        session=session,
        protocol=protocol,
        data=data,
        no_person=no_person,
        as_json=as_json,
        time_limit=time_limit,
    )


@app.command()
def plan(
    participant: Participant,
    session: Session = None,
    protocol: UsualProtocol = None,
    seed: Seed = None,
    avatars: Avatars = None,
    order_index: OrderIndex = None,
    data: Data = None,
) -> None:
    """Work out a participant's session, save it, and write its planned onset files."""
    guarded(
        "plans",
        "plan",
        participant=participant,
        session=session,
        protocol=protocol,
        seed=seed,
        avatar_set=avatars,
        order_index=order_index,
        data=data,
    )


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
    options: dict[str, Any] = {"participants": participants, "protocol": protocol, "seed": seed, "data": data}
    guarded("simulations", "simulate", mind=(mind, w, beta, learning_rates), **options)


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
    guarded(
        "plans",
        "export",
        data=data,
        participant=participant,
        file_format=file_format,
        glm=glm,
        planned=planned,
        choices=choices,
    )


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
    guarded("fit", "fit", data=data, hierarchical=hierarchical)


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
    guarded("recover", "recover", participants=participants, protocol=protocol, seed=seed, out=out)


@app.command()
def rezero(
    participant: Participant,
    run: Annotated[int, typer.Option(min=1, help="Run whose zero is to be moved.")],
    by: Annotated[
        float,
        typer.Option(
            parser=_seconds, metavar="<seconds>", help="To be added to the run's zero; 0 takes an earlier move back."
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    session: Session = None,
    attempt: Annotated[
        int | None, typer.Option(min=1, help="Attempt at the run; left out, the one that counts.")
    ] = None,
    data: Data = None,
) -> None:
    """Move a run's zero after the run, as when its first pulse was missed, and make its events again.

    The decision and its reason are added to the journal; nothing that was recorded is changed.
    """
    guarded(
        "rezero",
        "rezero",
        participant=participant,
        session=session,
        run=run,
        attempt=attempt,
        by=by,
        reason=reason,
        data=data,
    )


@app.command()
def watch(
    journal: Annotated[
        Path | None, typer.Argument(help="Journal to watch; left out, the newest that is being written.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the dataset; left out, data/study and data/pilot.")
    ] = None,
    participant: Annotated[str | None, typer.Option(help="Wait for this participant's runs only.")] = None,
) -> None:
    """Show live how a run goes, in a terminal of its own, also on another computer that sees the dataset's folder.

    It only reads the journal, and goes on to the next run by itself.
    """
    guarded("watch", "watch", journal=journal, data=data, participant=participant)


@app.command()
def rescue(
    to: Annotated[
        Path | None, typer.Option(help="Dataset to bring them to; left out, each to where it came from.")
    ] = None,
) -> None:
    """Bring journals home whose disk or folder failed during a run, and make their events."""
    guarded("rescue", "rescue", to=to)


@app.command()
def forget(
    participant: Participant,
    data: Data = None,
    sure: Annotated[bool, typer.Option("--sure", help="Do not ask.")] = False,
) -> None:
    """Remove one participant's data, everywhere in a dataset, after asking."""
    guarded("forget", "forget", participant=participant, data=data, sure=sure)


@app.command()
def show(
    journal: Annotated[Path, typer.Argument(help="Journal of an attempt at a run, below sourcedata/ of a dataset.")],
    full: Annotated[bool, typer.Option("--full", help="Leave nothing out: whole protocol, site, wording.")] = False,
) -> None:
    """Tell the story of a run from its journal: who, when, with what, each trial, and all that went wrong."""
    guarded("show", "show", journal=journal, full=full)


@app.command()
def verify(
    data: Data = None,
    participant: Annotated[str | None, typer.Option(help="Check this participant's runs only.")] = None,
) -> None:
    """Check every run against its plan and its presses, and every events file against its journal.

    Nothing is written. Exit status 0 only if all is well.
    """
    guarded("verify", "verify", data=data, participant=participant)


@app.command()
def preview(
    out: Annotated[Path, typer.Option(help="Folder for the pictures.")],
    protocol: ProtocolName = "relational_value",
    site: SiteName = "laptop",
    avatars: Avatars = None,
) -> None:
    """Draw every screen as a picture, and all of them on a contact sheet."""
    guarded("pictures", "preview", out=out, protocol=protocol, site=site, avatar_set=avatars)


def main() -> None:
    """Run the command line."""
    try:
        app()
    except SystemExit as done:
        if "pyglet" in sys.modules and isinstance(done.code, int):
            # a graphics driver's own clean-up at exit may hang, and nobody needs it: all is closed and written by now
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(done.code)
        raise
