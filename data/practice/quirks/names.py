"""What the quirks are called, on the command line, on the control port and in tests."""

from enum import StrEnum


class QuirkName(StrEnum):
    """Where several quirks change the same answer, they do so in this order.

    Rows are changed and added first; who refuses or says nothing comes last, and wins.
    """

    IDS_RESTART = "ids-restart"
    POSITION_LAG = "position-lag"
    FLAT_OLD_CONTRACTS = "flat-old-contracts"
    PHANTOM_CONTRACT = "phantom-contract"
    EXTRA_OPEN_ORDER_ROW = "extra-open-order-row"
    HISTORY_STARTS_MID_POSITION = "history-starts-mid-position"
    IDS_DIFFER_IN_HISTORY = "ids-differ-in-history"
    WHOLE_SECOND_FILLS = "whole-second-fills"
    NO_POSITIONS = "no-positions"
    DUPLICATE_FILLS = "duplicate-fills"
    NO_MARKET_DATA = "no-market-data"
    REFUSE_HISTORY = "refuse-history"
    HIDES_OTHER_MODE = "hides-other-mode"
    SILENT = "silent"
