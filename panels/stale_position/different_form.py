"""The answer "different": what is held instead, and at which average."""

from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QPushButton, QRadioButton, QWidget

from core.commands import CorrectPosition
from core.stale import StaleView
from core.values import PositionSide
from panels import formats
from panels.parts import text_label
from panels.stale_position.entries import Entry, read_average, read_quantity
from panels.stale_position.field import Field
from panels.stale_position.words import held

_CAPTION_WIDTH = 102
_SIDES = {PositionSide.LONG: "&Long", PositionSide.SHORT: "S&hort"}


class DifferentForm(QWidget):
    """Gives the answer by `answered(CorrectPosition)`; begins with what the broker said, where he said anything."""

    answered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._view: StaleView | None = None
        self._quantity = Field("stale_quantity", "&Quantity")
        self._average = Field("stale_average", "A&verage", "Average &unknown: open P&&L reads “—”")
        self._sides = {side: QRadioButton(text) for side, text in _SIDES.items()}
        self._submit = QPushButton("&Record as held")
        self._submit.setObjectName("stale_record_held")
        self._submit.setAutoDefault(False)
        for side, button in self._sides.items():
            button.setObjectName(f"stale_side_{side.lower()}")
        self._connect()
        self._lay_out()

    def begin(self, view: StaleView) -> None:
        """A new matter: nothing that was typed for the one before stays."""
        self._view = view
        stale = view.stale
        qty = stale.broker_qty or stale.qty
        average = stale.broker_average if stale.broker_qty else None
        self._quantity.reset(formats.quantity(abs(qty)))
        self._average.reset("" if average is None else f"{average.normalize():f}")
        self._sides[PositionSide.of(qty)].setChecked(True)

    def keep_up(self, view: StaleView) -> None:
        """The same matter as time goes on."""
        self._view = view

    def open(self) -> None:
        self._quantity.edit.setFocus()
        self._quantity.edit.selectAll()

    def _connect(self) -> None:
        self._group = QButtonGroup(self)
        for button in self._sides.values():
            self._group.addButton(button)
        self._quantity.edit.textEdited.connect(self._on_quantity_edited)
        self._average.edit.textEdited.connect(self._on_average_edited)
        for field in (self._quantity, self._average):
            field.edit.returnPressed.connect(self._on_submitted)
        self._submit.clicked.connect(self._on_submitted)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, _CAPTION_WIDTH)
        grid.setColumnStretch(2, 1)
        sides = QHBoxLayout()
        sides.setSpacing(18)
        for button in self._sides.values():
            sides.addWidget(button)
        sides.addStretch()
        grid.addWidget(text_label("stale_side_caption", "body", "Side"), 0, 0)
        grid.addLayout(sides, 0, 1, 1, 2)
        self._quantity.add_to(grid)
        self._average.add_to(grid)
        grid.addWidget(self._submit, grid.rowCount(), 1, Qt.AlignmentFlag.AlignLeft)

    def _on_quantity_edited(self) -> None:
        self._quantity.judge(read_quantity(self._quantity.text))

    def _on_average_edited(self) -> None:
        self._average.judge(read_average(self._average.text))

    def _on_submitted(self) -> None:
        qty = self._read_quantity()
        average: Entry[Decimal] = Entry(None) if self._average.is_unknown else read_average(self._average.text)
        is_quantity_fine = self._quantity.judge(qty)
        is_average_fine = self._average.judge(average)
        if self._view is None or qty.value is None or not is_average_fine:
            (self._average if is_quantity_fine else self._quantity).edit.setFocus()
            return
        stale = self._view.stale
        at = max(stale.asked_at, stale.entry_time)
        self.answered.emit(CorrectPosition(stale.key, stale.revision, qty.value, average.value, at))

    def _read_quantity(self) -> Entry[Decimal]:
        """The quantity with the sign of its side; what is booked already is no other."""
        entry = read_quantity(self._quantity.text)
        if self._view is None or entry.value is None:
            return entry
        side = next(side for side, button in self._sides.items() if button.isChecked())
        signed = entry.value * side.sign
        if signed == self._view.stale.qty:
            return Entry(None, f"{held(signed)} is what is booked: answer Still open")
        return Entry(signed)
