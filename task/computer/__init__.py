"""What the program asks of the computer: files written whole, work spread out, the terminal, quoting, signals.

Every room may use it. It knows nothing of the task: no run, no participant, no protocol ever enters it.
"""
