"""What is open where one does not look: always in sight, never in figures."""

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QVBoxLayout

from core.views import HeldView
from panels import formats
from panels.elided_label import ElidedLabel
from panels.tone import Tone, set_tone

_MOST_LINES = 3


class HiddenPositions(QFrame):
    """One line for each position of another mode or account; beyond a few the last line counts the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("hidden_positions")
        self._lines = [ElidedLabel(f"hidden_position_{number}", "small") for number in range(_MOST_LINES)]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 5, 10, 5)
        layout.setSpacing(3)
        for line in self._lines:
            set_tone(line, Tone.WARNING)
            layout.addWidget(line)
        self.hide()

    def render_hidden(self, hidden: Sequence[HeldView]) -> None:
        sentences = [f"{held_where(each)} still open" for each in hidden]
        shown = sentences if len(sentences) <= _MOST_LINES else sentences[: _MOST_LINES - 1]
        rest = sentences[len(shown) :]
        texts = [*shown, *([f"and {len(rest)} more positions still open elsewhere"] if rest else [])]
        for number, line in enumerate(self._lines):
            line.setVisible(number < len(texts))
            line.render_text(texts[number] if number < len(texts) else "")
        if rest:
            self._lines[-1].setToolTip("\n".join(rest))
        self.setVisible(bool(texts))


def held_where(held: HeldView) -> str:
    """`SIM Sim1: LONG 2 MESZ26`."""
    return f"{held.key.mode} {held.key.account}: {formats.holding(held.side, held.qty, held.key.symbol)}"
