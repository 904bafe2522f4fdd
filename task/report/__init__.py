"""What people read of a recording while it goes on; it reads journals, and writes nothing."""
