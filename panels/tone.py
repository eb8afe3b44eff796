"""What a widget's colour follows: a property the style sheet looks at."""

from decimal import Decimal
from enum import StrEnum

from PySide6.QtWidgets import QWidget

from core.snapshots import LinkState
from core.values import PositionSide


class Tone(StrEnum):
    """The meaning of a colour; the style sheet knows the colour."""

    PLAIN = "plain"
    GAIN = "gain"
    LOSS = "loss"
    WARNING = "warning"
    ACCENT = "accent"


LINK_TONES = {
    LinkState.DOWN: Tone.WARNING,
    LinkState.CONNECTING: Tone.WARNING,
    LinkState.UP: Tone.GAIN,
    LinkState.REFUSED: Tone.LOSS,
}


def tone_of(value: Decimal | None) -> Tone:
    """Gain above 0, loss below; the sign is always written too."""
    if value is None or value == 0:
        return Tone.PLAIN
    return Tone.GAIN if value > 0 else Tone.LOSS


def tone_of_side(side: PositionSide) -> Tone:
    return Tone.GAIN if side is PositionSide.LONG else Tone.LOSS


def set_tone(widget: QWidget, tone: Tone) -> None:
    set_look(widget, "tone", tone)


def set_look(widget: QWidget, name: str, value: str) -> None:
    """Sets a property the style sheet selects by; restyles the widget and its children only if that changed it."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, str(value))
    for each in (widget, *widget.findChildren(QWidget)):
        each.style().unpolish(each)
        each.style().polish(each)
