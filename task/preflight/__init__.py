"""The preflight of a room: what a lab wants to know before a participant lies in the scanner.

Each check is a function that is given the room and yields a result for each thing that it looked at; ``checks.CHECKS``
lists them in order. One more check is one more function in that list. A check changes nothing: no file, no plan.
"""
