"""The window is there before anything has been read or reached."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app import program, window_run
from app.main_window import MainWindow
from app.program import Setting
from app.window_run import Stage, WindowOptions
from data.dtc.link import Address
from data.ledger_state import LedgerKind
from tests.gui.conftest import Play


class Unready:
    """A program whose ledger and link take for ever; it notes whether the window was there before it."""

    was_painted = False

    def __init__(self, _setting: object, _state: object, _quotes: object, window: MainWindow) -> None:
        type(self).was_painted = window.isVisible()

    def start(self) -> None:
        """Nothing ever comes of it."""

    async def stop(self) -> None:
        """There is nothing to stop."""


def test_the_first_paint_waits_for_neither_link_nor_history(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "Program", Unready)
    seen: list[tuple[bool, Any]] = []

    async def look(stage: Stage) -> None:
        await asyncio.sleep(0)
        seen.append((stage.window.isVisible(), stage.state.position.focus))

    options = WindowOptions(tmp_path, is_offscreen=True, seconds=5, screenshot=None)
    setting = Setting(tmp_path / "heatline.db", Address("127.0.0.1", 1), (LedgerKind.REAL,))

    async def run() -> None:
        assert await window_run._WindowRun(options, setting, look).run() == 0

    play(run())
    assert Unready.was_painted
    assert [(is_visible, focus.text) for is_visible, focus in seen] == [(True, "Reading the ledger")]
