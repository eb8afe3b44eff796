"""Recorded prices for the question about a stale position, where Sierra's files are at hand."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

from app.stale_controller import RecordedPrice
from core.stale import StalePosition
from data.contract_table import read_calendars, read_contract_book
from data.feeds.recorded_prices import RecordedPrices
from data.feeds.scid_folder import ScidFolder


def recorded_price_in(sierra_data: Path | None) -> RecordedPrice:
    """What was recorded in that Data folder; without one nothing is."""
    if sierra_data is None:
        return _nothing_recorded
    recorded = RecordedPrices(ScidFolder(sierra_data), read_contract_book(), read_calendars())

    def price_at(stale: StalePosition, at: datetime) -> Decimal | None:
        # The entry is a price that is surely right: by it the file's scale is known.
        known = None if stale.entry_price is None else (stale.entry_time, stale.entry_price)
        return recorded.price_at(stale.wire_symbol, at, known)

    return price_at


def _nothing_recorded(_stale: StalePosition, _at: datetime) -> Decimal | None:
    return None
