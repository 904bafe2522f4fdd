"""A participant's visit: who it is, which plan and which run comes next, performing it, and putting right afterwards.

Here the parts are joined: plan, devices, screen, journal. Options, their words and exit statuses stay in ``task.cli``;
the checks of a room stay in ``task.preflight``.
"""
