"""Where strokes and time come from: the clock, keyboards, and the emulated scanner."""
