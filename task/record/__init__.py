"""What happened: the journal, the events table made from it, and where every file lies."""
