"""The conductor: performs a planned run with devices and a display, into a journal."""
