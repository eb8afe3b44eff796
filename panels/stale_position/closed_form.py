"""The answer "closed": when, and at which price, which is proposed as it was recorded."""

from datetime import datetime, timedelta
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from core.commands import ClosePosition
from core.stale import StaleView
from panels import formats
from panels.stale_position.entries import Entry, read_price, read_time
from panels.stale_position.field import Field

_CAPTION_WIDTH = 102


class ClosedForm(QWidget):
    """Gives the answer by `answered(ClosePosition)`; asks for the price of a time by `recorded_price_wanted(datetime)`.

    A proposal never overwrites what the trader typed.
    """

    answered = Signal(object)
    recorded_price_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._view: StaleView | None = None
        self._proposed = ""
        self._asked_for: datetime | None = None
        self._time = Field("stale_closed_at", "&Time")
        self._price = Field("stale_close_price", "&Price", "Price &unknown: it counts as closed without a result")
        self._submit = QPushButton("&Record as closed")
        self._submit.setObjectName("stale_record_closed")
        self._submit.setAutoDefault(False)
        self._connect()
        self._lay_out()

    def begin(self, view: StaleView) -> None:
        """A new matter: nothing that was typed for the one before stays."""
        self._view = view
        self._proposed, self._asked_for = "", None
        self._time.rename(f"&Time, {view.stale.asked_at.astimezone():%Z}")
        self._time.reset(formats.date_and_time(max(view.stale.asked_at, view.stale.entry_time)))
        self._price.reset("")

    def keep_up(self, view: StaleView) -> None:
        """The same matter as time goes on."""
        self._view = view

    def open(self) -> None:
        self._time.edit.setFocus()
        self._want_price()

    def render_recorded_price(self, at: datetime, price: Decimal | None) -> None:
        """Proposes `price`, unless the trader has typed one or asks for another time by now."""
        if at != self._asked_for:
            return
        is_untouched = self._price.text == self._proposed
        self._proposed = "" if price is None else f"{price:f}"
        if is_untouched:
            self._price.edit.setText(self._proposed)
        # What is wrong with the field is more worth knowing, unless the proposal has just mended it.
        if not self._price.is_faulty or (is_untouched and price is not None):
            self._price.say("No recorded price for that time" if price is None else f"Recorded then: {self._proposed}")

    def _connect(self) -> None:
        self._time.edit.editingFinished.connect(self._want_price)
        self._time.edit.textEdited.connect(self._on_time_edited)
        self._price.edit.textEdited.connect(self._on_price_edited)
        for field in (self._time, self._price):
            field.edit.returnPressed.connect(self._on_submitted)
        self._submit.clicked.connect(self._on_submitted)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, _CAPTION_WIDTH)
        grid.setColumnStretch(2, 1)
        self._time.add_to(grid)
        self._price.add_to(grid)
        grid.addWidget(self._submit, grid.rowCount(), 1, Qt.AlignmentFlag.AlignLeft)

    def _on_time_edited(self) -> None:
        self._time.judge(self._read_time())

    def _on_price_edited(self) -> None:
        self._price.judge(self._read_price())

    def _on_submitted(self) -> None:
        at, price = self._read_time(), self._read_price()
        is_time_fine = self._time.judge(at)
        is_price_fine = self._price.is_unknown or self._price.judge(price)
        if self._view is None or at.value is None or not is_price_fine:
            (self._price if is_time_fine else self._time).edit.setFocus()
            return
        stale = self._view.stale
        known = None if self._price.is_unknown else price.value
        self.answered.emit(ClosePosition(stale.key, stale.revision, known, at.value))

    def _want_price(self) -> None:
        at = self._read_time().value
        if self._view is not None and at is not None and at != self._asked_for:
            self._asked_for = at
            self.recorded_price_wanted.emit(at)

    def _read_time(self) -> Entry[datetime]:
        if self._view is None:
            return Entry(None)
        return read_time(self._time.text, self._view.stale.entry_time, _now(self._view))

    def _read_price(self) -> Entry[Decimal]:
        return read_price(self._price.text, self._view.tick_size if self._view else None)


def _now(view: StaleView) -> datetime:
    """The exchange's time as the view tells it, to the second, which has begun but not ended; never before it asked."""
    return max(view.stale.entry_time + timedelta(seconds=view.age_seconds + 1), view.stale.asked_at)
