"""What can be shown, as values: a scene says what is to be seen, and nothing about how it is drawn."""
