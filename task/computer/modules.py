"""Things that are found by being there: a module in a room needs to be named nowhere."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules


@cache
def import_all(package: str) -> None:
    """Import every module that lies directly in a package, so that what it registers is known."""
    for module in iter_modules(import_module(package).__path__, f"{package}."):
        import_module(module.name)
