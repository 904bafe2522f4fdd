"""The boundary between commands and operators: whatever goes wrong becomes a message and an exit status."""

import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import typer

from task.cli.status import BAD_INPUT, ENDED_EARLY, FAILED
from task.computer.interrupts import INTERRUPTED, ctrl_c_is_raised


def guarded(module: str, function: str, **options: Any) -> NoReturn:
    """Run a command of ``task.cli``, and turn what can go wrong into a message and an exit status.

    A command of the command line has the options of the function that does it, by the same names, and hands them on.
    """
    from task.computer.refusals import PathError, as_path, what_was_refused
    from task.config.read import ConfigError
    from task.devices.strokes import DeviceError
    from task.plan.plan import PlanError
    from task.record.journal import JournalError
    from task.record.layout import LabelError
    from task.record.lock import LockedError
    from task.screens.errors import ScreenError
    from task.screens.virtual_screen import ScreenMissing
    from task.visit.perform import RunFailed
    from task.visit.requests import RequestError

    try:
        options = {name: as_path(one) if isinstance(one, Path) else one for name, one in options.items()}
        with ctrl_c_is_raised():
            status = getattr(import_module(f"task.cli.{module}"), function)(**options)
            print(end="", flush=True)  # a full disk is told while somebody can be told
    except (ConfigError, LabelError, PathError, RequestError, PlanError, JournalError) as error:
        _say(str(error))
        status = BAD_INPUT
    except (RunFailed, DeviceError, ScreenError, ScreenMissing, LockedError) as error:
        _say(str(error))
        status = FAILED
    except KeyboardInterrupt:
        _say(INTERRUPTED)
        status = ENDED_EARLY
    except ConnectionError as error:
        _say(f"Another program or device that this one talks with has hung up ({error}). Check it, and try again.")
        status = FAILED
    except OSError as error:
        _say(what_was_refused(error))
        status = FAILED
    except (Exception, SystemExit) as error:  # no library of ours may end a command in silence, or as done
        if os.environ.get("TASK_TRACEBACK"):
            traceback.print_exc()
        _say(
            f"This should not have happened: {type(error).__name__}: {error}\n"
            "What was recorded so far is in the journal, below sourcedata/ of the dataset. Set TASK_TRACEBACK=1 and "
            "start again to see where it happened, and report it."
        )
        status = FAILED
    raise typer.Exit(status)


def _say(text: str) -> None:
    print(text, file=sys.stderr)
