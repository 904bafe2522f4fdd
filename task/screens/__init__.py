"""The window that draws scenes: the only place that knows ``psychopy.visual``."""
