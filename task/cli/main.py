"""The command line: the commands by who uses them, and the dialog without one.

Each command imports what it needs when it runs, so that help comes at once.
"""

import io
import os
import sys

import typer

from task.cli import analyst, designer, operator
from task.cli.guarded import guarded
from task.computer.printing import readers_may_go

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="An fMRI task about being chosen and being ranked: pilot it, run it in the scanner, make onset files.",
    epilog="Without a command, a dialog asks. Exit status: 0 done, 1 failed, 2 bad input, 3 ended early.",
)
for commands in (operator, analyst, designer):
    app.add_typer(commands.app)


@app.callback(invoke_without_command=True)
def _without_a_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        guarded("dialog", "ask_and_run")


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):  # a letter that a terminal or pipe lacks ends no program
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with readers_may_go():
            app()
    except SystemExit as done:
        if "pyglet" in sys.modules and isinstance(done.code, int):
            # a graphics driver's own clean-up at exit may hang, and nobody needs it: all is closed and written by now
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(done.code)
        raise
