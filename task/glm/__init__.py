"""From an events table to what is modelled: conditions, modulators, contrasts, and what each run can answer.

It knows events and the learner's signals. It writes no file and knows no package's format: that is ``task.export``.
"""
