"""The quirks by their names."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from data.practice.quirks.accounts import HidesOtherMode, Silent
from data.practice.quirks.history import HistoryStartsMidPosition, IdsDifferInHistory, RefuseHistory
from data.practice.quirks.market import NoMarketData
from data.practice.quirks.names import QuirkName
from data.practice.quirks.orders import DuplicateFills, ExtraOpenOrderRow, IdsRestart, WholeSecondFills
from data.practice.quirks.positions import FlatOldContracts, NoPositions, PhantomContract, PositionLag
from data.practice.quirks.quirk import Quirk

QUIRKS: Mapping[QuirkName, Callable[[], Quirk]] = MappingProxyType(
    {
        QuirkName.IDS_RESTART: IdsRestart,
        QuirkName.POSITION_LAG: PositionLag,
        QuirkName.FLAT_OLD_CONTRACTS: FlatOldContracts,
        QuirkName.PHANTOM_CONTRACT: PhantomContract,
        QuirkName.EXTRA_OPEN_ORDER_ROW: ExtraOpenOrderRow,
        QuirkName.HISTORY_STARTS_MID_POSITION: HistoryStartsMidPosition,
        QuirkName.IDS_DIFFER_IN_HISTORY: IdsDifferInHistory,
        QuirkName.WHOLE_SECOND_FILLS: WholeSecondFills,
        QuirkName.NO_POSITIONS: NoPositions,
        QuirkName.DUPLICATE_FILLS: DuplicateFills,
        QuirkName.NO_MARKET_DATA: NoMarketData,
        QuirkName.REFUSE_HISTORY: RefuseHistory,
        QuirkName.HIDES_OTHER_MODE: HidesOtherMode,
        QuirkName.SILENT: Silent,
    }
)
