"""The fMRI task runner: a run is a plan performed, and a journal read. See docs/architecture.md for the rooms."""
