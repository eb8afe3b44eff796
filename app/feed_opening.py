"""Puts the feed together: where prices are recorded, what contracts are worth, and who is told."""

from pathlib import Path

from core.facts import ContractDefined
from data.contract_table import read_calendars, read_contract_book
from data.feeds.feed import Feed
from data.feeds.feed_outlets import FeedOutlets
from data.feeds.feed_thread import FeedThread
from data.feeds.recorded_prices import RecordedPrices
from data.feeds.scid_folder import ScidFolder


def open_feed(sierra_data: Path | None, outlets: FeedOutlets) -> FeedThread:
    """The thread, ready to start; without a Data folder it has prices over DTC only."""
    return FeedThread(lambda: _feed_of(sierra_data, outlets), outlets)


def _feed_of(sierra_data: Path | None, outlets: FeedOutlets) -> Feed:
    contracts, calendar_of = read_contract_book(), read_calendars()

    def define(fact: ContractDefined) -> None:
        contracts.define(fact.symbol, fact.contract)

    folder = None if sierra_data is None else ScidFolder(sierra_data, outlets.now)
    recorded = None if folder is None else RecordedPrices(folder, contracts, calendar_of, outlets.now)
    return Feed(outlets, folder, recorded, define, calendar_of)
