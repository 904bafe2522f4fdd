"""The wording: every word that a participant sees, so that a lab can translate it without reading code."""

from collections.abc import Iterable, Iterator
from string import Formatter
from typing import Annotated, ClassVar
from unicodedata import category

from pydantic import Field

from task.config.base import Check, Found, Name, Section

Words = Annotated[str, Field(max_length=200)]


class _Phrases(Section):
    """A table of words in which {names} stand for values."""

    placeholders: ClassVar[dict[str, tuple[str, ...]]] = {}

    def checks(self) -> Iterable[Check]:
        """Give the checks of this table."""
        return (self._words_can_be_shown,)

    def _words_can_be_shown(self) -> Iterator[Found]:
        for key in type(self).model_fields:
            words = getattr(self, key, None)
            if isinstance(words, str):
                allowed = _what_is_wrong_with(words, self.placeholders.get(key, ()))
                if allowed:
                    yield Found((key,), words, allowed)


def _what_is_wrong_with(words: str, names: tuple[str, ...]) -> str:
    """Say which words are allowed, if these are not."""
    if not words.strip():
        return "words, not an empty text"
    if any(category(letter) in ("Cc", "Zl", "Zp") for letter in words):
        return "one line of letters, digits and signs"
    if not names:
        return "words without { and }: nothing stands for a value here" if set(words) & set("{}") else ""
    needed = " and ".join(f"{{{name}}}" for name in names)
    try:
        fields = [parts[1:] for parts in Formatter().parse(words) if parts[1] is not None]
    except ValueError:
        return f"words with {needed}, and {{ }} in pairs"
    if any(name not in names or spec or conversion for name, spec, conversion in fields):
        return f"words with {needed}, and nothing else in {{ }}"
    missing = [f"{{{name}}}" for name in names if name not in {name for name, _, _ in fields}]
    return f"words with {needed}; {' and '.join(missing)} is missing" if missing else ""


class FeedbackWords(_Phrases):
    """Words of the feedback."""

    placeholders: ClassVar[dict[str, tuple[str, ...]]] = {
        "spots": ("spots", "responders"),
        "of_responders": ("responders",),
    }

    spots: Words
    ranked_you: Words
    of_responders: Words
    rank_hidden: Words
    match: Words
    no_match: Words
    too_slow: Words

    def checks(self) -> Iterable[Check]:
        """Give the checks of this table."""
        return (*super().checks(), self._outcomes_differ)

    def _outcomes_differ(self) -> Iterator[Found]:
        if self.match.strip().casefold() == self.no_match.strip().casefold():
            yield Found(("no_match",), self.no_match, "other words than those of match")


class ShareWords(_Phrases):
    """Words of the share."""

    placeholders: ClassVar[dict[str, tuple[str, ...]]] = {"received": ("pot",), "keep": ("keep",), "split": ("split",)}

    received: Words
    keep: Words
    split: Words


class SessionWords(_Phrases):
    """Words between runs."""

    placeholders: ClassVar[dict[str, tuple[str, ...]]] = {"points": ("points",), "end_of_run": ("run", "runs")}

    waiting: Words
    waiting_more: Words
    paused: Words
    paused_more: Words
    end_of_run: Words
    points: Words


class CheckWords(_Phrases):
    """Words of the preflight of a room."""

    placeholders: ClassVar[dict[str, tuple[str, ...]]] = {"seconds": ("seconds",)}

    left: Words
    right: Words
    alarm: Words
    side: Words
    above: Words
    below: Words
    nothing: Words
    seconds: Words


class Wording(_Phrases):
    """A whole wording file."""

    name: Name
    language: Words
    choice_question: Words
    feedback: FeedbackWords
    share: ShareWords
    session: SessionWords
    check: CheckWords
