"""Once the window is shown, its thread waits for no disk and no network."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests import gui_thread_probe

_ROOT = Path(__file__).parents[2]


def _probe(directory: Path, *arguments: str) -> dict[str, Any]:
    """What the witness saw in a run of the real window."""
    environment = os.environ | {"PYTHONPATH": str(_ROOT), "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, gui_thread_probe.__file__, str(directory), *arguments],
        env=environment, cwd=directory, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_the_gui_thread_touches_no_disk_and_no_network_while_fills_flow_and_modes_switch(tmp_path: Path) -> None:
    run = _probe(tmp_path)
    assert run["seen"] == []
    assert run["code"] == 0
    assert run["fills"] >= 3
    assert (tmp_path / "window.png").exists()


def test_the_witness_sees_what_the_gui_thread_must_not_do(tmp_path: Path) -> None:
    seen = [line.splitlines()[0] for line in _probe(tmp_path, "--sin")["seen"]]
    assert any(line.startswith("open ") and "sin.txt" in line for line in seen)
    assert any(line.startswith("sqlite3.connect ") for line in seen)
    assert "statement SELECT 'sin'" in seen
