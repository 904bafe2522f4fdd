"""What can be wrong with a screen, said to the person who can put it right."""


class ScreenError(Exception):
    """A screen that cannot be used, or words that cannot be shown; the text says what to change."""
