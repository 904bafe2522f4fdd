"""Where strokes and time come from: the clock, keyboards, ports, networks, and the emulated scanner."""
