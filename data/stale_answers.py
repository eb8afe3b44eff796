"""What the trader answers when a position is in question: booked whole, or refused with a sentence."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from core.commands import AskAgain, ClosePosition, CorrectPosition, KeepPosition, StaleAnswer
from core.contracts import ContractBook
from core.errors import CommandRefused
from core.inquiry import Matter
from core.position import Position
from core.stale import price_of_addition
from core.values import PositionSide, Source
from data.assuming import Assumption, assume
from data.ledger_state import Account
from data.stale_positions import save_inquiry
from data.unit_of_work import UnitOfWork

_NO_LINK = "Without a link to Sierra Chart nothing is closed or corrected"
_NOBODY_TO_ASK = "Without a link to Sierra Chart nobody can be asked"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The position that the trader was asked about, as it stands now."""

    account: Account
    position: Position
    matter: Matter

    @property
    def name(self) -> str:
        return f"{_lots(self.position.qty)} {self.position.key.symbol} in {self.account.name}"

    def told(self, qty: Decimal, price: Decimal | None, at: datetime) -> Assumption:
        """A fill as the trader says it was; `qty` is signed."""
        return Assumption(self.position.key, self.position.wire_symbol, qty, price, at, Source.MANUAL)


def answer(work: UnitOfWork, command: StaleAnswer, contracts: ContractBook) -> None:
    """Carries out what the trader decided about a stale position.

    Raises:
        CommandRefused: the position or what the broker says of it has changed since, or the answer cannot be true.
    """
    asked = _asked(work, command)
    said = _carry_out(work, command, asked, contracts)
    _compare_again(work, asked)
    detail = f"{asked.name}; the broker: {asked.matter.broker_said}; the trader: {said}"
    work.append_event("stale_answered", key=command.key, trade_id=asked.position.trade_id, detail=detail)


def _compare_again(work: UnitOfWork, asked: _Asked) -> None:
    """The broker's last word is held against what is booked now: he need not say again what we agree on."""
    key, account = asked.position.key, work.state.accounts[asked.account.name]
    held = work.state.positions.get(key)
    if asked.matter.broker_qty == (held.position.qty if held else 0):
        confirmation = account.confirmation.after_report(key.symbol, agrees=True, at=work.now)
        work.state.accounts[account.name] = replace(account, confirmation=confirmation)


def _carry_out(work: UnitOfWork, command: StaleAnswer, asked: _Asked, contracts: ContractBook) -> str:
    """Does it, and says it in words."""
    name, inquiry = asked.account.name, asked.account.inquiry
    match command:
        case KeepPosition():
            save_inquiry(work, name, inquiry.keeping(command.key.symbol), is_answered=True)
            return "still open"
        case AskAgain():
            if not work.state.is_link_up:
                raise CommandRefused(_NOBODY_TO_ASK)
            save_inquiry(work, name, inquiry.asking())
            return "ask again"
        case ClosePosition():
            return _close(work, command, asked, contracts)
        case CorrectPosition():
            return _correct(work, command, asked, contracts)


def _asked(work: UnitOfWork, command: StaleAnswer) -> _Asked:
    key = command.key
    held, account = work.state.positions.get(key), work.state.accounts.get(key.account)
    if held is None or account is None:
        raise CommandRefused(f"{key.symbol} in {key.account} has changed since you were asked: it is flat")
    matter = account.inquiry.matters.get(key.symbol)
    name = f"{_lots(held.position.qty)} {key.symbol} in {key.account}"
    if matter is None:
        raise CommandRefused(f"{name} has changed since you were asked: it is no longer in question")
    if matter.revision != command.revision:
        raise CommandRefused(f"{name} has changed since you were asked: look again")
    return _Asked(account, held.position, matter)


def _close(work: UnitOfWork, command: ClosePosition, asked: _Asked, contracts: ContractBook) -> str:
    _refuse_unless_bookable(work, asked, command.at)
    _refuse_odd_price(command.price, asked)
    _settle(work, asked)
    assume(work, asked.told(-asked.position.qty, command.price, command.at), contracts)
    return f"closed {_at_price(command.price)} at {command.at.isoformat()}"


def _correct(work: UnitOfWork, command: CorrectPosition, asked: _Asked, contracts: ContractBook) -> str:
    ours, theirs = asked.position.qty, command.qty
    if not theirs.is_finite() or theirs in (0, ours):
        is_same = "that is what is booked" if theirs == ours else "it needs a quantity"
        raise CommandRefused(f"{asked.name} cannot be corrected to {theirs:f}: {is_same}")
    _refuse_unless_bookable(work, asked, command.at)
    _refuse_odd_price(command.average, asked)
    steps = _steps(asked, command)
    _settle(work, asked)
    for qty, price in steps:
        assume(work, asked.told(qty, price, command.at), contracts)
    return f"{_lots(theirs)}, average {_at_price(command.average)}, since {command.at.isoformat()}"


def _steps(asked: _Asked, command: CorrectPosition) -> list[tuple[Decimal, Decimal | None]]:
    """The signed quantities, and their prices, that lead from ours to his."""
    ours, theirs = asked.position.qty, command.qty
    if ours * theirs < 0:
        return [(-ours, None), (theirs, command.average)]
    if abs(theirs) < abs(ours):
        return [(theirs - ours, None)]
    price = price_of_addition(ours, asked.position.entry_price, theirs, command.average)
    if price is not None and command.average is not None and price <= 0 < command.average:
        what = f"an average of {command.average:f} for {_lots(theirs)} would take a fill at {price:f}"
        raise CommandRefused(f"{asked.name} cannot be corrected: {what}")
    return [(theirs - ours, price)]


def _refuse_unless_bookable(work: UnitOfWork, asked: _Asked, at: datetime) -> None:
    if not work.state.is_link_up:
        raise CommandRefused(_NO_LINK)
    if asked.account.ordering_since is not None:
        raise CommandRefused(f"The fills of {asked.account.name} are still being read: answer once they are")
    last = asked.position.last_execution_at
    if at < last:
        raise CommandRefused(f"{asked.name} was filled at {last:%Y-%m-%d %H:%M:%S} UTC: it cannot have ended before")
    # A venue's clock may be ahead of ours.
    if at > max(work.now, last):
        raise CommandRefused(f"{asked.name} cannot have ended at {at:%Y-%m-%d %H:%M:%S} UTC, which is still to come")


def _refuse_odd_price(price: Decimal | None, asked: _Asked) -> None:
    if price is not None and not price.is_finite():
        raise CommandRefused(f"{asked.name} needs a price that is a number, or none")


def _settle(work: UnitOfWork, asked: _Asked) -> None:
    symbol = asked.position.key.symbol
    save_inquiry(work, asked.account.name, asked.account.inquiry.without(symbol), is_answered=True)


def _lots(qty: Decimal) -> str:
    return f"{PositionSide.of(qty)} {abs(qty):f}"


def _at_price(price: Decimal | None) -> str:
    return "unpriced" if price is None else f"at {price:f}"
