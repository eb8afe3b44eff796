"""The layers are law: what each folder may import, and how its files are shaped."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("app", "core", "data", "panels")
OURS = {*PACKAGES, "assets"}
LONGEST_FILE = 400
LONGEST_FUNCTION = 40
# What each layer may import besides the standard library and itself.
MAY_IMPORT = {
    "core": {"core", "numpy"},
    "panels": {
        "panels",
        "core",
        "assets",
        "PySide6.QtCore",
        "PySide6.QtGui",
        "PySide6.QtWidgets",
        "font_hanken_grotesk",
    },
    "data": {"data", "core", "assets", "numpy", "sqlalchemy", "sqlmodel", "alembic", "msgspec"},
    "app": {*OURS, "PySide6.QtCore", "PySide6.QtGui", "PySide6.QtWidgets", "qasync", "platformdirs"},
}
# The one room of the core that knows Qt, because signals are Qt's.
EXCEPTIONS = {("core/state_manager.py", "PySide6.QtCore")}
OUTSIDE_FOR_PANELS = {"socket", "selectors", "sqlite3", "ssl", "http", "urllib", "asyncio", "threading"}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imports_of(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def forbidden_imports(folder: str, where: str, text: str) -> set[str]:
    """The imports of a file that its layer may not have."""
    allowed = MAY_IMPORT[folder]
    found = set()
    for name in imports_of(ast.parse(text)):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names:
            if folder in ("panels", "core") and top in OUTSIDE_FOR_PANELS:
                found.add(name)
        elif not ({top, name} & allowed) and (where, name) not in EXCEPTIONS:
            found.add(name)
    return found


@pytest.mark.parametrize("folder", PACKAGES)
def test_each_layer_imports_only_what_it_may(folder: str) -> None:
    broken = {
        (where, name)
        for path in sources(folder)
        for where in [path.relative_to(ROOT).as_posix()]
        for name in forbidden_imports(folder, where, path.read_text("utf-8"))
    }
    assert not broken


@pytest.mark.parametrize(
    ("folder", "line"),
    [
        ("panels", "from data.journal import Journal"),
        ("panels", "import sqlite3"),
        ("panels", "from PySide6.QtNetwork import QTcpSocket"),
        ("panels", "from app.program import Program"),
        ("core", "from PySide6.QtCore import QObject"),
        ("core", "import socket"),
        ("data", "from PySide6.QtCore import QThread"),
        ("data", "import panels.theme"),
    ],
)
def test_a_forbidden_import_is_found(folder: str, line: str) -> None:
    assert forbidden_imports(folder, f"{folder}/intruder.py", line)
    assert forbidden_imports(folder, f"{folder}/intruder.py", f"def late():\n    {line}\n")


def test_only_the_state_manager_knows_qt_in_core() -> None:
    knows = {
        path.name
        for path in sources("core")
        if any(n.startswith("PySide6") for n in imports_of(ast.parse(path.read_text())))
    }
    assert knows == {"state_manager.py"}


def test_imports_stand_at_the_top_but_for_start_up() -> None:
    late = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources("core", "data", "panels")
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not late


def test_files_and_functions_are_short() -> None:
    long = []
    for path in sources(*PACKAGES, "tests"):
        text = path.read_text("utf-8")
        if text.count("\n") > LONGEST_FILE:
            long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                # A migration is one list of columns, written by Alembic.
                if length > LONGEST_FUNCTION and "migrations" not in path.parts:
                    long.append(f"{path.relative_to(ROOT)}: {node.name} {length} lines")
    assert not long


def test_names_say_what_a_module_is() -> None:
    assert not [path for path in sources(*PACKAGES, "tests") if path.stem in VAGUE_NAMES]


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError|breakpoint)\b")
    here = Path(__file__)
    assert not [path for path in sources(*PACKAGES, "tests") if path != here and marks.search(path.read_text("utf-8"))]


def test_colours_are_named_in_the_token_file_only() -> None:
    colour = re.compile(r"#[0-9A-Fa-f]{6}\b|rgba?\(")
    assert not [path for path in sources("panels", "app") if colour.search(path.read_text("utf-8"))]


def test_the_program_needs_nothing_from_outside_its_tree() -> None:
    shared = re.compile(r"HEATLINE_SHARED|\.\./shared")
    assert not [path for path in sources(*PACKAGES, "assets") if shared.search(path.read_text("utf-8"))]


def test_the_lock_names_hashes_and_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pins = re.findall(r"^[a-z][\w.-]*==[^\s]+.*\\$", lock, re.MULTILINE)
    assert len(pins) > 20
    assert lock.count("--hash=sha256:") >= len(pins)
    assert not re.search(r"https?://|--index-url|--extra-index-url|--find-links", lock)
    if (ROOT / ".git").exists():
        tracked = subprocess.run(
            ["git", "ls-files"],  # noqa: S607  # whichever git there is
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout.split()  # fmt: skip
        assert "uv.lock" not in tracked
