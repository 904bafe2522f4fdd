"""Stands in for pyparallel, so that psychopy.parallel runs as it does on Linux: pins come from a file of five digits.

The digits are the levels of the pins 10, 11, 12, 13 and 15.
"""

from pathlib import Path


class Parallel:
    def __init__(self, address: str) -> None:
        self._file = Path(address)
        self._pin(0)

    def _pin(self, place: int) -> bool:
        return self._file.read_text()[place] == "1"

    def getInAcknowledge(self) -> bool:
        return self._pin(0)

    def getInBusy(self) -> bool:
        return self._pin(1)

    def getInPaperOut(self) -> bool:
        return self._pin(2)

    def getInSelected(self) -> bool:
        return self._pin(3)

    def getInError(self) -> bool:
        return self._pin(4)
