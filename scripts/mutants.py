"""Which small mistakes would the tests notice? Each is made in a copy, and the tests of the module's room run there.

    .venv/bin/python scripts/mutants.py task/plan/decks.py --count 40 --seed 1

A change is one that a careless programmer makes: < for <=, + for -, a number one too high, a call left out, a
condition the wrong way round. What is printed went unnoticed: a test is missing, or the code changes nothing, or (as
with a tolerance a little wider) nobody could tell. The checkout itself is never touched. For Linux and macOS.
"""

import argparse
import ast
import importlib.util
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
MEMORY = 8 * 2**30  # bytes that one run of the tests may take: a change can fill a list for ever

OPERATORS: dict[type, tuple[str, str]] = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"), ast.And: ("and", "or"), ast.Or: ("or", "and"),
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.Pow: ("**", "*"),
    ast.FloorDiv: ("//", "/"), ast.Mod: ("%", "//"), ast.BitOr: ("|", "&"), ast.BitAnd: ("&", "|"),
}  # fmt: skip
TWINS = {"min": "max", "max": "min", "any": "all", "all": "any", "floor": "ceil", "ceil": "floor"}
LEFT_OUT = {"sorted", "reversed", "abs", "set", "round", "shuffled", "strip", "rstrip", "lower", "casefold", "copy"}
UNTOUCHED = {"annotation", "returns", "decorator_list"}


class Change(NamedTuple):
    """Bytes of a module, from start to end, to be replaced."""

    start: int
    end: int
    new: bytes

    def made(self, source: bytes) -> bytes:
        """Give the module with the change."""
        return source[: self.start] + self.new + source[self.end :]

    def told(self, module: str, source: bytes) -> str:
        """Give the place, the lines as they are, and as they would be."""
        first, last = source.count(b"\n", 0, self.start), source.count(b"\n", 0, self.end)
        lines = [f"{module}:{first + 1}"]
        for sign, text, end in (("-", source, last), ("+", self.made(source), first + self.new.count(b"\n"))):
            lines += [f"  {sign} {line}" for line in text.decode().splitlines()[first : end + 1]]
        return "\n".join(lines)


def changes(source: bytes) -> list[Change]:
    """Give every small change of a module that still compiles."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def span(node: Any) -> tuple[int, int]:
        return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset

    def text(node: ast.AST) -> str:
        return source[slice(*span(node))].decode()

    def instead(node: ast.AST, new: str) -> Change:
        return Change(*span(node), new.encode())

    def operator(left: ast.AST, kind: ast.AST, right: ast.AST) -> Iterator[Change]:
        if type(kind) in OPERATORS:
            start, end = span(left)[1], span(right)[0]
            yield Change(start, end, source[start:end].decode().replace(*OPERATORS[type(kind)], 1).encode())

    def without(node: ast.AST) -> Change:
        start, end = span(node)
        after, before = re.match(rb"\s*,\s*", source[end:]), re.search(rb",\s*$", source[:start])
        return Change(before.start() if before and not after else start, end + (after.end() if after else 0), b"")

    def of(node: ast.AST) -> Iterator[Change]:
        match node:
            case ast.Compare(left=left, ops=kinds, comparators=rest):
                for (a, b), kind in zip(pairwise([left, *rest]), kinds, strict=True):
                    yield from operator(a, kind, b)
            case ast.BinOp(left=a, op=kind, right=b) if not any(
                isinstance(one, ast.List | ast.ListComp) for one in (a, b)
            ):
                yield from operator(a, kind, b)
            case ast.AugAssign(target=a, op=kind, value=b):
                yield from operator(a, kind, b)
                yield instead(node, "pass")
            case ast.BoolOp(op=kind, values=values):
                for a, b in pairwise(values):
                    yield from operator(a, kind, b)
            case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
                yield instead(node, text(operand))
            case ast.Constant(value=bool(value)):
                yield instead(node, str(not value))
            case ast.Constant(value=int(value)):
                yield from (instead(node, str(new)) for new in (value + 1, 0) if new != value)
            case ast.Constant(value=float(value)):
                yield from (instead(node, repr(new)) for new in ((value * 2, value / 2) if value else (1.0,)))
            case ast.Constant(value=str(value)) if re.fullmatch(r"[a-z][a-z0-9_]*", value):
                yield instead(node, f'"{value}_"')
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                yield instead(test, f"(not ({text(test)}))")
            case ast.comprehension(ifs=tests):
                yield from (instead(test, f"(not ({text(test)}))") for test in tests)
            case ast.Slice(lower=lower, upper=upper):
                yield from (instead(end, "") for end in (lower, upper) if end)
            case ast.Return(value=ast.expr()):
                yield instead(node, "return None")
            case ast.Raise() | ast.Continue() | ast.Break() | ast.Delete() | ast.Return():
                yield instead(node, "pass")
            case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
                yield instead(node, "pass")
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):  # a name never set would fail anywhere
                yield instead(node, "pass")
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name) as function, args=args, keywords=keywords):
                if name in TWINS:
                    yield Change(span(function)[1] - len(name), span(function)[1], TWINS[name].encode())
                if name in LEFT_OUT and (args or isinstance(function, ast.Attribute)):
                    yield instead(node, text(args[0] if args else next(ast.iter_child_nodes(function))))
                yield from (without(keyword) for keyword in keywords if keyword.arg != "strict")

    def below(node: ast.AST) -> Iterator[Change]:
        match node:
            case ast.JoinedStr() | ast.Subscript(value=ast.Name(id="Literal")) | ast.keyword(arg="strict"):
                return  # a message, a type, a safeguard that never shows
        yield from of(node)
        for field, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and field not in UNTOUCHED:
                    yield from below(child)

    def compiles(change: Change) -> bool:
        try:
            return bool(ast.parse(change.made(source)))
        except SyntaxError:
            return False

    return [change for change in dict.fromkeys(below(ast.parse(source))) if compiles(change)]


# ---- A copy of the checkout, and its tests ----------------------------------------------------------------


def copy_into(copy: Path) -> Path:
    """Copy all that git would keep, and link the environment."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0"):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    (copy / ".venv").symlink_to((ROOT / ".venv").resolve())
    for own in ("HOME", "TMPDIR"):
        (copy / ".mutants" / own).mkdir(parents=True)
    return copy


def run_tests(copy: Path, tests: list[str], asked: argparse.Namespace, limit_s: float | None) -> tuple[bool, str]:
    """Run tests in a copy until one fails; say whether all passed, and what pytest said."""
    command = [sys.executable, "-m", "pytest", "-xqp", "scripts.mutants", "-p", "no:cacheprovider", *tests]
    command += ["--hypothesis-seed", "0", "-k", f"not ({asked.skip})" if asked.skip else ""]
    own = {name: str(copy / ".mutants" / name) for name in ("HOME", "TMPDIR")}
    running = subprocess.Popen(
        ["nice", *command],
        cwd=copy,
        env={**os.environ, **own, "MUTANTS": json.dumps([str(copy.parent / "took.json"), asked.windows])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )
    try:
        said = running.communicate(timeout=limit_s)[0]
    except subprocess.TimeoutExpired:
        said = "beyond its time"
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
    return running.returncode == 0, said


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """As a plugin of pytest: leave out real windows unless they were asked for, and begin with the quickest file."""
    notes, windows = json.loads(os.environ["MUTANTS"])
    items[:] = [item for item in items if windows or "display" not in item.fixturenames]
    took = json.loads(Path(notes).read_text()) if Path(notes).exists() else {}
    files = Counter[Path]()
    for item in items:
        files[item.path] += took.get(item.nodeid, 0)
    items.sort(key=lambda item: (files[item.path], item.path, took.get(item.nodeid, 0)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """As a plugin of pytest: note how long each test of the unchanged tree took."""
    notes = Path(json.loads(os.environ["MUTANTS"])[0])
    if not notes.exists():
        notes.write_text(json.dumps({one.nodeid: one.duration for one in terminalreporter.stats.get("passed", [])}))


# ---- The command ------------------------------------------------------------------------------------------


def try_module(module: str, folder: Path, copies: list[Path], asked: argparse.Namespace) -> None:
    """Try changes of one module, print those that nobody noticed, and the share of those noticed."""
    tests = asked.tests or [f"tests/{Path(module).parts[1]}"]
    (folder / "took.json").unlink(missing_ok=True)
    began = time.monotonic()
    passed, said = run_tests(copies[0], tests, asked, None)
    if not passed:
        sys.exit(f"{said}\n{module}: its tests fail without any change; mend that first")
    limit_s = 3 * (time.monotonic() - began) + 20
    source = (ROOT / module).read_bytes()
    every = changes(source)
    chosen = sorted(random.Random(asked.seed).sample(every, min(asked.count, len(every))))
    free: SimpleQueue[Path] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def write(copy: Path, content: bytes) -> None:
        (copy / module).write_bytes(content)
        # Python takes a compiled file for current if the size and the second are the same
        Path(importlib.util.cache_from_source(str(copy / module))).unlink(missing_ok=True)

    def unnoticed(change: Change) -> bool:
        copy = free.get()
        try:
            write(copy, change.made(source))
            passed, _ = run_tests(copy, tests, asked, limit_s)
        finally:
            write(copy, source)
            free.put(copy)
        if passed:
            print(change.told(module, source), flush=True)
        return passed

    with ThreadPoolExecutor(len(copies)) as pool:
        missed = sum(pool.map(unnoticed, chosen))
    print(
        f"{module}: {len(chosen) - missed} of {len(chosen)} noticed, seed {asked.seed}, {len(every)} in all", flush=True
    )


def main() -> None:
    """Read the options and try each module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="+", metavar="task/ROOM/MODULE.py")
    parser.add_argument("--count", type=int, default=30, help="changes to try of each module, drawn at random (30)")
    parser.add_argument("--seed", type=int, default=0, help="draws other changes")
    parser.add_argument("--tests", nargs="+", help="run these instead of tests/ROOM")
    parser.add_argument("--skip", default="", help="leave out tests of this name, as in pytest -k")
    parser.add_argument("--windows", action="store_true", help="run tests that need a real window, too")
    parser.add_argument("--workers", type=int, choices=(1, 2), default=1)
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that what was begun is ended and cleared away
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name)
        copies = [copy_into(folder / str(number)) for number in range(asked.workers)]
        for module in asked.modules:
            try_module(str(Path(module).resolve().relative_to(ROOT)), folder, copies, asked)


if __name__ == "__main__":
    main()
