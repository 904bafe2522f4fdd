"""Commands of the operator: before, during and after a session in the scanner."""

from pathlib import Path
from typing import Annotated

import typer

from task.cli.guarded import guarded
from task.cli.options import (
    Autopilot,
    Avatars,
    Beta,
    Data,
    DataOfPilots,
    DataOfSite,
    LearningRates,
    MindKind,
    OrderIndex,
    Participant,
    ProtocolName,
    Run,
    SavedPlan,
    Seed,
    Session,
    SiteName,
    UsualProtocol,
    Weight,
)

app = typer.Typer()


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        point = f", as in {text.replace(',', '.')}" if text.count(",") == 1 else ""
        raise typer.BadParameter(f"{text!r}: a number of seconds, with a decimal point and no comma{point}.") from None


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
    avatar_set: Avatars = None,
    order_index: OrderIndex = None,
    perform_saved_plan: SavedPlan = False,
    data: DataOfPilots = None,
) -> None:
    """Try the task on a laptop, with the emulated scanner.

    Without a display it starts a virtual one and plays by itself. Its data are kept apart, in data/pilot.
    """
    guarded("runs", "pilot", **locals())


@app.command()
def run(
    participant: Participant,
    site: SiteName,
    session: Session = None,
    run: Run = None,
    protocol: UsualProtocol = None,
    seed: Seed = None,
    avatar_set: Avatars = None,
    order_index: OrderIndex = None,
    again: Annotated[
        bool, typer.Option("--again", help="Perform a complete run once more, with other trials.")
    ] = False,
    perform_saved_plan: SavedPlan = False,
    data: DataOfSite = None,
) -> None:
    """Perform a run in the MRI suite. Pulses come from the site's own devices."""
    guarded("runs", "run", **locals())


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
    guarded("check", "check", **locals())


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
    guarded("watch", "watch", **locals())


@app.command()
def plan(
    participant: Participant,
    session: Session = None,
    protocol: UsualProtocol = None,
    seed: Seed = None,
    avatar_set: Avatars = None,
    order_index: OrderIndex = None,
    data: Data = None,
) -> None:
    """Work out a participant's session, save it, and write its planned onset files."""
    guarded("plan", "plan", **locals())


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
    guarded("rezero", "rezero", **locals())


@app.command()
def rescue(
    to: Annotated[
        Path | None, typer.Option(help="Dataset to bring them to; left out, each to where it came from.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Only journals of this dataset; left out, all that this user has left behind.")
    ] = None,
) -> None:
    """Bring journals home whose disk or folder failed during a run, and make their events."""
    guarded("rescue", "rescue", **locals())


@app.command()
def forget(
    participant: Participant,
    data: Data = None,
    sure: Annotated[bool, typer.Option("--sure", help="Do not ask.")] = False,
) -> None:
    """Remove one participant's data, everywhere in a dataset, after asking."""
    guarded("forget", "forget", **locals())
