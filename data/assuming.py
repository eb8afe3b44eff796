"""Executions that nobody reported: what the broker holds and we never booked, and what the trader says happened."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.contracts import ContractBook
from core.facts import Fill
from core.reconcile import Judgement
from core.values import PositionKey, PositionSide, Side, Source
from data.booking import book_fills
from data.unit_of_work import UnitOfWork

_PREFIX = {Source.INFERRED: "~adopted", Source.MANUAL: "~manual"}


@dataclass(frozen=True, slots=True)
class Assumption:
    """A fill that somebody must have had: `qty` is signed, `price` None where nobody knows it."""

    key: PositionKey
    wire_symbol: str
    qty: Decimal
    price: Decimal | None
    at: datetime
    source: Source


def adopt(work: UnitOfWork, key: PositionKey, held: Judgement, at: datetime, contracts: ContractBook) -> None:
    """Books what the broker holds as opened at his average, until the fills behind it become known."""
    qty = held.theirs or Decimal(0)
    seq = work.state.next_seq
    opening = Assumption(key, held.wire_symbol, qty, held.average, at, Source.INFERRED)
    assume(work, opening, contracts)
    what = f"{PositionSide.of(qty)} {abs(qty):f} {key.symbol}"
    price = "at a price he does not tell" if held.average is None else f"at his average of {held.average:f}"
    work.append_event("adopted", key=key, execution_seq=seq, detail=f"{what} {price}")
    work.notices.append(f"{key.account}: the broker holds {what} that no fill explains; adopted {price}")


def assume(work: UnitOfWork, assumed: Assumption, contracts: ContractBook) -> None:
    """Books it at its time, or right behind what is folded where a clock says otherwise."""
    key, qty, at = assumed.key, assumed.qty, assumed.at
    frontier = work.frontier(key)
    fill = Fill(
        account=key.account,
        symbol=key.symbol,
        wire_symbol=assumed.wire_symbol or key.symbol,
        execution_id=f"{_PREFIX[assumed.source]}:{key.symbol}:{work.state.next_seq}",
        order_id="",
        side=Side.BUY if qty > 0 else Side.SELL,
        qty=abs(qty),
        price=assumed.price,
        occurred_at=at if frontier is None else max(at, frontier.ends),
        resolution_us=1,
        source=assumed.source,
    )
    book_fills(work, key.account, [fill], contracts)
