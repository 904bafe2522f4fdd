"""Entry point: ``python run_session.py COMMAND``; without a command, a dialog asks."""

from task.cli.main import main

if __name__ == "__main__":
    main()
