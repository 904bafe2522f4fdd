"""Every kind of record that a journal holds, each defined once: for who writes it, who reads it, and docs/data.md.

A kind is a class in a module of this package, found by being there: its name in the journal is that of the class in
small letters, and its fields stand there in this order. A field without a default has to be there. A new kind is a new
class here, and ``make docs``.
"""
