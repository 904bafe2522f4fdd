"""What can be shown, as values: a scene says what is to be seen, and nothing about how it is drawn.

A kind of scene is a class in a module of this room; the module of the same name in ``task.screens.layouts`` lays it
out. If a slot of a trial can show it, it says by which name, and its place among slots stands in ``task.config.slots``.
"""
