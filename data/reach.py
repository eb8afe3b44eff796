"""Which accounts this connection shows: the others cannot be confirmed over it, and go by their fills."""

from dataclasses import replace

from core.confirmation import Confirmation
from core.inquiry import Inquiry
from data.stale_positions import save_inquiry
from data.unit_of_work import UnitOfWork


def begin_link(work: UnitOfWork) -> None:
    """A new connection, or none: what the one before showed counts no more."""
    work.state.shown = None
    work.state.not_here = work.state.said_not_here = frozenset()


def show_accounts(work: UnitOfWork, names: tuple[str, ...]) -> None:
    """These are all that the server lists; what it said of an account before, it may now say otherwise."""
    work.state.shown = frozenset(names)
    work.state.not_here -= work.state.shown


def leave_out(work: UnitOfWork, name: str) -> None:
    """The broker says that here this account cannot be confirmed at all."""
    work.state.not_here |= {name}


def is_reached(work: UnitOfWork, name: str) -> bool:
    """Whether what the broker tells of the account's positions counts; he shows that it can be asked by telling."""
    if work.state.shown is not None and name not in work.state.shown:
        return False
    work.state.not_here -= {name}
    return True


def say_unreached(work: UnitOfWork) -> None:
    """Once per link and account: nothing of it is confirmed here, and nothing of it in question."""
    state = work.state
    if not state.is_link_up or (state.shown is None and not state.not_here):
        return
    for name in sorted(state.accounts.keys() - state.said_not_here):
        if not state.is_confirmable(name):
            text = f"{name} cannot be confirmed over this connection; it goes by its fills"
            work.notices.append(text)
            work.append_event("not_confirmable", account=name, detail=text)
            state.said_not_here |= {name}
    for name in sorted(state.said_not_here & state.accounts.keys()):
        account = state.accounts[name]
        is_dropped = account.confirmation == Confirmation() and not account.inquiry.matters
        if not state.is_confirmable(name) and not is_dropped:
            save_inquiry(work, name, Inquiry(kept=account.inquiry.kept))
            state.accounts[name] = replace(state.accounts[name], confirmation=Confirmation())
