"""Saves what the window shows: as a picture, and as the words in it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QPushButton, QTableView, QWidget


@dataclass(frozen=True, slots=True)
class Screenshot:
    """One instant of the window."""

    image: QImage
    words: str

    async def save(self, picture: Path) -> None:
        """Writes `picture`, and beside it a .txt with the visible words in reading order."""
        await asyncio.to_thread(_write, self, picture)


def grab(window: QWidget) -> Screenshot:
    """The window as it is now; a change just made is laid out only after `settle`."""
    return Screenshot(window.grab().toImage(), "\n".join(visible_words(window)) + "\n")


async def settle() -> None:
    """Lets the loop turn until what has changed is laid out."""
    for _ in range(3):
        await asyncio.sleep(0.02)


def visible_words(window: QWidget) -> Iterator[str]:
    """Each text on screen, top to bottom and left to right; a table row by row."""
    shown = [widget for widget in window.findChildren(QWidget) if widget.isVisibleTo(window)]
    shown.sort(
        key=lambda widget: (
            widget.mapTo(window, widget.rect().topLeft()).y() // 8,
            widget.mapTo(window, widget.rect().topLeft()).x(),
        )
    )
    for widget in shown:
        yield from _words_of(widget)


def _words_of(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel | QPushButton):
        text = widget.text().strip()
        if text:
            yield text
    elif isinstance(widget, QTableView):
        model = widget.model()
        for row in range(model.rowCount()):
            cells = (str(model.index(row, column).data()) for column in range(model.columnCount()))
            yield " | ".join(cells)
    elif widget.accessibleDescription():
        yield widget.accessibleDescription()


def _write(screenshot: Screenshot, picture: Path) -> None:
    picture.parent.mkdir(parents=True, exist_ok=True)
    if not screenshot.image.save(str(picture)):
        raise OSError(f"Cannot write {picture}")
    picture.with_suffix(".txt").write_text(screenshot.words, encoding="utf-8")
