"""What `make screenshots` shows of doubt: each form of the stale-position dialog, and orders against the position."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from core.order import Order, OrderKind
from core.protection import Protection
from core.snapshots import AccountSnapshot, LedgerSnapshot, LinkStatus
from core.stale import Doubt
from core.values import Side
from core.views import Selection
from tests.doubts import LINK_DOWN, LINK_UP, LONG_1, SHORT_2, in_doubt, order_of, stale_of, with_orders
from tests.published import LIVE, SIM, account, fill, ledger, position_of, snapshot_of


@dataclass(frozen=True, slots=True)
class DoubtfulScene:
    """What is published, and which buttons of the dialog are pressed then."""

    name: str
    ledger: LedgerSnapshot
    link: LinkStatus = LINK_UP
    selection: Selection = SIM
    pressed: tuple[str, ...] = ()
    refusal: str = ""


def doubtful_scenes() -> Iterator[DoubtfulScene]:
    yield from _stale_scenes()
    yield from _order_scenes()


def _stale_scenes() -> Iterator[DoubtfulScene]:
    long, short = stale_of(LONG_1), stale_of(SHORT_2, verified_at=None)
    flat, other = stale_of(LONG_1, Doubt.FLAT), stale_of(LONG_1, Doubt.DIFFERENT)
    yield DoubtfulScene("stale-silent-long", in_doubt(long))
    yield DoubtfulScene("stale-silent-short", in_doubt(short), selection=LIVE)
    yield DoubtfulScene("stale-flat-closed", in_doubt(flat), pressed=("stale_closed",))
    gone = stale_of(SHORT_2, Doubt.FLAT)
    unpriced = ("stale_closed", "stale_close_price_unknown")
    yield DoubtfulScene("stale-flat-short-unpriced", in_doubt(gone), selection=LIVE, pressed=unpriced)
    yield DoubtfulScene("stale-different", in_doubt(other, short), pressed=("stale_different",))
    reversed_ = stale_of(SHORT_2, Doubt.DIFFERENT, broker_said="LONG 1", broker_qty=Decimal(1), broker_average=None)
    yield DoubtfulScene("stale-different-short", in_doubt(reversed_), selection=LIVE, pressed=("stale_different",))
    yield DoubtfulScene("stale-expired", in_doubt(replace(flat, has_expired=True)))
    yield DoubtfulScene("stale-no-link-short", in_doubt(short, is_link_up=False), LINK_DOWN, LIVE)
    yield DoubtfulScene("stale-no-link", in_doubt(long, is_link_up=False), LINK_DOWN)
    yield DoubtfulScene("stale-practice", in_doubt(long, is_practice=True))
    refusal = "LONG 1 MESZ26 has changed since you were asked: nothing was recorded"
    yield DoubtfulScene("stale-refused", in_doubt(other), refusal=refusal)


def _order_scenes() -> Iterator[DoubtfulScene]:
    long = snapshot_of(position_of(fill(3, "5050.25", 7), low="5048.75", high="5055.00"))
    short = snapshot_of(position_of(fill(-1, "5052.25", 3), low="5051.50", high="5055.50", at=LIVE))
    with_stop = replace(long, protection=Protection(stop=Decimal("5047.50")))
    stopped = replace(short, protection=Protection(stop=Decimal("5056.00")))
    small = order_of(Side.SELL, OrderKind.STOP, 1, "5047.50")
    yield DoubtfulScene("orders-no-stop", ledger(long))
    yield DoubtfulScene("orders-stop-too-small", with_orders(ledger(with_stop), small))
    too_large = order_of(Side.BUY, OrderKind.STOP, 3, "5056.00", account="120005")
    wrong = order_of(Side.SELL, OrderKind.STOP, 1, "5046.00", account="120005")
    yield DoubtfulScene("orders-stop-too-large", with_orders(ledger(stopped), too_large), selection=LIVE)
    yield DoubtfulScene("orders-wrong-side", with_orders(ledger(short), wrong), selection=LIVE)
    yield DoubtfulScene("orders-while-flat", with_orders(ledger(), *_left_and_new()))
    yield DoubtfulScene("orders-unknown", ledger(long, accounts=(_unlisted(),)))


def _left_and_new() -> tuple[Order, ...]:
    left = order_of(Side.SELL, OrderKind.STOP, 2, "5047.50", trade_id=4)
    return left, order_of(Side.BUY, OrderKind.LIMIT, 1, "5040.00")


def _unlisted() -> AccountSnapshot:
    return replace(account(), are_orders_listed=False)
