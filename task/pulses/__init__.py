"""What a train of pulses says of a scan: measured TR, what is missing or too much, and whether zero is right.

This room knows stamps, TR and counts. It never reads a journal, a device or a plan, and changes nothing: it finds, and
says what it found. ``train.understand`` is its door.
"""
