"""Entry point: ``python run_session.py COMMAND``; without a command, a dialog asks."""

from task.cli.status import ENDED_EARLY
from task.computer.interrupts import leave_at_ctrl_c

if __name__ == "__main__":
    leave_at_ctrl_c(ENDED_EARLY)
    from task.cli.main import main

    main()
