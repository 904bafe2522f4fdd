"""Where every file of a dataset lies, and which labels may become part of a path."""

import re
from dataclasses import dataclass
from pathlib import Path

from task.computer.files import is_there, listed

ROOT = Path(__file__).resolve().parents[2]
TASK = "decider"
_JOURNAL = re.compile(r"_run-(\d+)_attempt-(\d+)_journal\.jsonl$")


class LabelError(ValueError):
    """A participant or session label that cannot become part of a file name."""


def checked_label(what: str, label: str) -> str:
    """Give a BIDS label without its prefix: letters and digits, as in 01 or pilot7.

    Raises
    ------
    LabelError
        If anything else is in it.
    """
    bare = re.sub(r"^(sub|ses)-", "", label)
    if not re.fullmatch(r"[A-Za-z0-9]{1,32}", bare):
        raise LabelError(
            f"{what} {label!r}: a label has letters a-z and digits only, at most 32, as in 01 or pilot7 (it becomes "
            "part of file names)"
        )
    return bare


@dataclass(frozen=True)
class Person:
    """Whose data: a participant, and a session if the study has several."""

    participant: str
    session: str | None = None

    @property
    def folder(self) -> Path:
        """The folder of the person below a dataset's root."""
        return Path(f"sub-{self.participant}", *([f"ses-{self.session}"] if self.session else []))

    @property
    def stem(self) -> str:
        """How the person's file names begin."""
        return f"sub-{self.participant}" + (f"_ses-{self.session}" if self.session else "")


def run_and_attempt(journal: Path) -> tuple[int, int]:
    """Give the numbers of the run and of the attempt that a journal's name holds."""
    found = _JOURNAL.search(journal.name)
    if found is None:
        raise ValueError(f"{journal} is not named like a journal")
    return int(found[1]), int(found[2])


def name_of_attempt(session: str | None, run: int, attempt: int) -> str:
    """Name an attempt among those of a participant, as in ses-a_run-01_attempt-02."""
    return f"{f'ses-{session}_' if session else ''}run-{run:02d}_attempt-{attempt:02d}"


@dataclass(frozen=True)
class Dataset:
    """The files of one dataset, by what they are."""

    root: Path

    def plan(self, person: Person) -> Path:
        """The saved plan."""
        return self.sourcedata(person) / f"{person.stem}_task-{TASK}_plan.json"

    def sourcedata(self, person: Person) -> Path:
        """The folder of what was recorded."""
        return self.root / "sourcedata" / person.folder

    def journal(self, person: Person, run: int, attempt: int) -> Path:
        """The journal of an attempt at a run."""
        name = f"{person.stem}_task-{TASK}_run-{run:02d}_attempt-{attempt:02d}_journal.jsonl"
        return self.sourcedata(person) / name

    def journals(self, person: Person) -> list[Path]:
        """All journals in a person's folder, by their names; whose they are is said by ``task.record.identity``."""
        found = self.sourcedata(person).glob(f"{person.stem}_task-{TASK}_run-*_attempt-*_journal.jsonl")
        return sorted((path for path in found if _JOURNAL.search(path.name)), key=run_and_attempt)

    def next_attempt(self, person: Person, run: int) -> int:
        """The number of the next attempt at a run: no file has it, whatever that file is."""
        return 1 + max((attempt for of, attempt in map(run_and_attempt, self.journals(person)) if of == run), default=0)

    def sessions(self, participant: str) -> list[Person]:
        """The participant without a session, and in each session that has a folder of recordings."""
        folder = self.sourcedata(Person(participant))
        labels = [None, *sorted(path.name.removeprefix("ses-") for path in folder.glob("ses-*"))]
        return [Person(participant, label) for label in labels]

    def attempts_there(self, participant: str) -> list[str]:
        """Session, run and attempt of every journal in a participant's folders, as in ses-a_run-01_attempt-02."""
        return [
            name_of_attempt(person.session, *run_and_attempt(path))
            for person in self.sessions(participant)
            for path in self.journals(person)
        ]

    def attempt_events(self, journal: Path) -> Path:
        """The events of an attempt that is not the one in ``func``."""
        return journal.with_name(journal.name.replace("_journal.jsonl", "_events.tsv"))

    def events(self, person: Person, run: int) -> Path:
        """The events of a run."""
        return self.root / person.folder / "func" / f"{person.stem}_task-{TASK}_run-{run:02d}_events.tsv"

    @property
    def onset_base(self) -> Path:
        """The folder that has one for each analysis package, with its onset files."""
        return self.root / "derivatives" / "onsets"

    def onsets(self, software: str, person: Person) -> Path:
        """The folder of a person's onset files for a package, or for a package and GLM."""
        return self.onset_base / software / person.folder

    def planned(self, person: Person) -> Path:
        """The folder of the planned events, before anybody has chosen anything."""
        return self.root / "derivatives" / "planned" / person.folder

    def reports(self, person: Person) -> Path:
        """The folder of pictures and reports."""
        return self.root / "derivatives" / "reports" / person.folder

    def people(self) -> list[Person]:
        """Everybody of whom there is a journal."""
        return self.people_in(self.root / "sourcedata", "_journal.jsonl")

    def planned_people(self) -> list[Person]:
        """Everybody of whom there is a saved plan."""
        found = self.people_in(self.root / "sourcedata", "_plan.json")
        return [person for person in found if is_there(self.plan(person))]

    @staticmethod
    def people_in(folder: Path, ending: str) -> list[Person]:
        """Everybody who has a file with this ending below a folder that has one for each participant."""
        found = set()
        for path in listed(folder, f"sub-*/**/*{ending}", f"sub-*/ses-*/*{ending}"):  # also by links
            parts = path.relative_to(folder).parts
            session = parts[1].removeprefix("ses-") if parts[1].startswith("ses-") else None
            found.add((parts[0].removeprefix("sub-"), session))
        return [Person(*one) for one in sorted(found, key=lambda one: (one[0], one[1] or ""))]


def dataset_and_person(journal: Path) -> tuple[Dataset, Person]:
    """Give the dataset and the person that a journal belongs to by its place.

    Raises
    ------
    ValueError
        If it does not lie where a journal lies.
    """
    folder, session = journal.parent, None
    if folder.name.startswith("ses-"):
        folder, session = folder.parent, folder.name.removeprefix("ses-")
    if not folder.name.startswith("sub-") or folder.parent.name != "sourcedata":
        raise ValueError(f"{journal} does not lie where a journal lies")
    return Dataset(folder.parents[1]), Person(folder.name.removeprefix("sub-"), session)
