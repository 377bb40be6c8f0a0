"""The rules of the house that can be checked by reading the repository."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = ("domain", "projections", "service", "benchmarks")
MODULE_LINES = 400
FUNCTION_LINES = 55
BANNED_NAME = re.compile(r"(^|_)(utils?|helpers?|managers?)(_|$)")

# Folders that hold no source: environments, caches, build output and data.
NOT_SOURCE = {"__pycache__", "build", "dist", "node_modules", "secrets"}

# ruff and import-linter keep clocks and frameworks from being imported below domain/. What they
# cannot see is a method called on a value, or a builtin.
CLOCK_METHODS = {"now", "today", "utcnow"}
EFFECTS = {"__import__", "breakpoint", "eval", "exec", "input", "open", "print"}
FILE_METHODS = {"open", "read_bytes", "read_text", "write_bytes", "write_text"}

# Where files lie on somebody's machine.
MACHINE_PATH = re.compile(r"(?<![\w.~/])/(?:home/\w|Users/\w|root\b)")


def source_files() -> Iterator[Path]:
    """Every file of the repository that people write."""
    for name, folders, files in os.walk(ROOT):
        folders[:] = [
            folder
            for folder in folders
            if folder not in NOT_SOURCE and (not folder.startswith(".") or folder == ".ci")
        ]
        yield from (Path(name) / file for file in files if not file.endswith((".db", ".pyc")))


def modules(*folders: str) -> Iterator[tuple[str, str]]:
    """Every Python module below the folders: its path from the root, and its text."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text()


def functions(text: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def test_a_module_holds_one_idea() -> None:
    lengths = {path: len(text.splitlines()) for path, text in modules(*PRODUCT)}
    assert {path: lines for path, lines in lengths.items() if lines > MODULE_LINES} == {}


def test_a_function_holds_one_idea() -> None:
    lengths = {
        f"{path}:{function.lineno} {function.name}": length(function)
        for path, text in modules(*PRODUCT)
        for function in functions(text)
    }
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}


def test_names_say_what_a_module_is_about() -> None:
    vague = [
        path
        for path, _ in modules(*PRODUCT, "tests")
        if any(BANNED_NAME.search(part) for part in Path(path).with_suffix("").parts)
    ]
    assert vague == []


def test_the_domain_reads_no_clock_and_has_no_effects() -> None:
    found = []
    for path, text in modules("domain"):
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Call(func=ast.Attribute(attr=name)) if name in (
                    CLOCK_METHODS | FILE_METHODS
                ):
                    found.append(f"{path}:{node.lineno} {name}")
                case ast.Call(func=ast.Name(id=name)) if name in EFFECTS:
                    found.append(f"{path}:{node.lineno} {name}")
    assert found == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = []
    for path in source_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        # A checkout directly below the root has too common a name to look for.
        checkout = str(ROOT) if len(ROOT.parts) > 2 else None
        found += [
            f"{path.relative_to(ROOT)}:{number}"
            for number, line in enumerate(text.splitlines(), start=1)
            if MACHINE_PATH.search(line) or (checkout is not None and checkout in line)
        ]
    assert found == []


def test_what_a_part_of_a_module_is_about_is_said_by_its_names_and_not_by_a_banner() -> None:
    banner = re.compile(r"\s*#.*[-=*#]{5,}\s*")
    found = [
        f"{path}:{number}"
        for path, text in modules(*PRODUCT, "tests")
        for number, line in enumerate(text.splitlines(), start=1)
        if banner.fullmatch(line)
    ]
    assert found == []
