"""The wording: every word that a participant sees, so that a lab can translate it without reading code."""

from string import Formatter
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from task.config.base import Section, mistake

Words = Annotated[str, Field(min_length=1, max_length=200)]


class _Phrases(Section):
    """A table of words in which {names} stand for values."""

    placeholders: ClassVar[dict[str, tuple[str, ...]]] = {}

    @model_validator(mode="after")
    def _placeholders_are_known(self) -> "_Phrases":
        for key in type(self).model_fields:
            allowed = self.placeholders.get(key, ())
            for name in _fields_of(key, getattr(self, key)):
                if name not in allowed:
                    braces = ", ".join(f"{{{known}}}" for known in allowed) or "no braces at all"
                    raise mistake(key, getattr(self, key), f"words with {braces}")
            for name in allowed:
                if f"{{{name}}}" not in getattr(self, key):
                    raise mistake(key, getattr(self, key), f"words that contain {{{name}}}")
        return self


def _fields_of(key: str, words: str) -> list[str]:
    try:
        return [name for _, name, _, _ in Formatter().parse(words) if name is not None]
    except ValueError:
        raise mistake(key, words, "braces in pairs") from None


class FeedbackWords(_Phrases):
    """Words of the feedback."""

    placeholders: ClassVar[Any] = {"spots": ("spots", "responders"), "of_responders": ("responders",)}

    spots: Words
    ranked_you: Words
    of_responders: Words
    rank_hidden: Words
    match: Words
    no_match: Words
    too_slow: Words


class ShareWords(_Phrases):
    """Words of the share."""

    placeholders: ClassVar[Any] = {"received": ("pot",), "keep": ("keep",), "split": ("split",)}

    received: Words
    keep: Words
    split: Words


class SessionWords(_Phrases):
    """Words between runs."""

    placeholders: ClassVar[Any] = {"points": ("points",), "end_of_run": ("run", "runs")}

    waiting: Words
    waiting_more: Words
    paused: Words
    paused_more: Words
    end_of_run: Words
    points: Words


class Wording(Section):
    """A whole wording file."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    language: Words
    choice_question: Words
    feedback: FeedbackWords
    share: ShareWords
    session: SessionWords
