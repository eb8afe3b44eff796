"""The look keeps its promises: legible, one token file, figures that do not jump."""

import math
import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QFont, QFontMetricsF
from pytestqt.qtbot import QtBot

import panels
from core.values import Mode
from panels.theme import Theme, load_fonts, load_theme

AA = 4.5


@pytest.fixture
def theme() -> Theme:
    return load_theme()


def luminance(color: QColor) -> float:
    channels = (color.redF(), color.greenF(), color.blueF())
    parts = [part / 12.92 if part <= 0.04045 else math.pow((part + 0.055) / 1.055, 2.4) for part in channels]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(text: QColor, ground: QColor) -> float:
    dark, light = sorted((luminance(text), luminance(ground)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", ["ground", "panel", "raised"])
@pytest.mark.parametrize("text", ["text", "muted", "gain", "loss", "warning"])
def test_text_is_legible_on_every_ground(theme: Theme, text: str, ground: str) -> None:
    assert contrast(theme.color(text), theme.color(ground)) >= AA


@pytest.mark.parametrize("ground", ["gain", "loss", "warning"])
def test_text_is_legible_on_a_signal(theme: Theme, ground: str) -> None:
    assert contrast(theme.color("on_signal"), theme.color(ground)) >= AA


@pytest.mark.parametrize("mode", list(Mode))
def test_an_accent_is_legible_as_text_and_as_ground(theme: Theme, mode: Mode) -> None:
    accent = theme.accent(mode)
    assert contrast(accent, theme.color("panel")) >= AA
    assert contrast(accent, theme.color("ground")) >= AA
    assert contrast(QColor(theme.on_accents[mode]), accent) >= AA


@pytest.mark.parametrize("mode", list(Mode))
def test_the_style_sheet_has_no_gap(theme: Theme, mode: Mode) -> None:
    sheet = theme.style_sheet(mode)
    assert "$" not in sheet
    assert theme.accents[mode] in sheet


def test_no_widget_names_a_colour() -> None:
    named = re.compile(r"#[0-9A-Fa-f]{6}\b|GlobalColor|Qt\.(red|green|white|black)\b")
    folder = Path(panels.__file__).parent
    assert [path.name for path in folder.rglob("*.py") if named.search(path.read_text(encoding="utf-8"))] == []


def test_all_digits_are_equally_wide(qtbot: QtBot, theme: Theme) -> None:
    load_fonts(theme)
    metrics = QFontMetricsF(QFont(theme.fonts["family"]))
    assert len({metrics.horizontalAdvance(digit) for digit in "0123456789"}) == 1
