"""What a command's exit status says."""

DONE, FAILED, BAD_INPUT, ENDED_EARLY = 0, 1, 2, 3
