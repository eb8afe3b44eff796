"""What we hold against what the broker says: every row of the table, and what must never come of it."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.facts import Answer, PositionReported
from core.reconcile import Told, Verdict, reconcile
from core.symbols import has_expired
from tests.fills import at, figures

TODAY = date(2026, 9, 15)
SYMBOLS = ("MESZ26", "MNQZ26", "MESM25", "EURUSD")
NO_ANSWER = (Answer.REFUSED, Answer.SILENT, Answer.NOT_HERE)

quantities = st.integers(-3, 3).map(Decimal)
holdings = st.dictionaries(st.sampled_from(SYMBOLS), quantities)


def row(
    symbol: str, qty: int | Decimal, account: str = "Sim1", wire: str = "", average: str | None = None
) -> PositionReported:
    price = None if average is None else Decimal(average)
    return PositionReported(account, symbol, Decimal(qty), at(0), price, wire)


def lists(*rows: PositionReported) -> Told:
    return Told(Answer.ANSWERED, rows)


def verdicts(ours: dict[str, Decimal], told: Told) -> dict[str, Verdict]:
    judged = reconcile({"Sim1": ours}, {"Sim1": told}, TODAY)
    return {symbol: each.verdict for (_, symbol), each in judged.items()}


def rows_of(held: dict[str, Decimal]) -> list[PositionReported]:
    return [row(symbol, qty) for symbol, qty in held.items()]


@pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])
@pytest.mark.parametrize(
    ("symbol", "ours", "theirs", "verdict"),
    [
        ("MESZ26", 2, 2, Verdict.AGREED),
        ("MESZ26", 2, 0, Verdict.FLAT),
        ("MESZ26", 2, 1, Verdict.DIFFERENT),
        ("MESZ26", 2, -2, Verdict.DIFFERENT),
        ("MESZ26", 0, 1, Verdict.UNBOOKED),
        ("MESM25", 0, 1, Verdict.PHANTOM),
        ("MESM25", 1, 0, Verdict.FLAT),
        ("MESM25", 1, 1, Verdict.AGREED),
        ("MESM25", 1, 2, Verdict.DIFFERENT),
    ],
)
def test_each_row_of_the_table(sign: int, symbol: str, ours: int, theirs: int, verdict: Verdict) -> None:
    assert verdicts({symbol: Decimal(sign * ours)}, lists(row(symbol, sign * theirs))) == {symbol: verdict}


def test_what_is_flat_on_both_sides_needs_no_judgement() -> None:
    assert verdicts({"MESZ26": Decimal(0)}, lists(row("MESZ26", 0), row("MESM25", 0))) == {}


def test_what_a_listing_does_not_name_is_flat_there() -> None:
    assert verdicts({"MESZ26": Decimal(1)}, lists(row("MNQZ26", 0))) == {"MESZ26": Verdict.FLAT}


def test_several_symbols_and_accounts_are_judged_each_for_itself() -> None:
    ours = {"Sim1": {"MESZ26": Decimal(1), "MNQZ26": Decimal(2)}, "120005": {"MESZ26": Decimal(-1)}}
    theirs = {"Sim1": lists(row("MESZ26", 1)), "120005": Told(Answer.REFUSED, reason="not now")}
    judged = reconcile(ours, theirs, TODAY)
    assert {subject: each.verdict for subject, each in judged.items()} == {
        ("Sim1", "MESZ26"): Verdict.AGREED,
        ("Sim1", "MNQZ26"): Verdict.FLAT,
        ("120005", "MESZ26"): Verdict.SILENT,
    }
    assert judged["120005", "MESZ26"].said == "refused: not now"


@given(ours=quantities.filter(bool), average=st.none() | st.sampled_from(["1.00", "4999.75"]))
def test_the_brokers_average_never_decides(ours: Decimal, average: str | None) -> None:
    assert verdicts({"MESZ26": ours}, lists(row("MESZ26", ours, average=average))) == {"MESZ26": Verdict.AGREED}


def test_what_the_broker_holds_and_we_do_not_is_told_with_his_average_and_name() -> None:
    told = lists(row("MESZ26", -2, wire="F.US.MESZ26", average="5000.25"))
    judgement = reconcile({}, {"Sim1": told}, TODAY)["Sim1", "MESZ26"]
    assert figures(judgement.theirs, judgement.average) == figures(-2, Decimal("5000.25"))
    assert (judgement.wire_symbol, judgement.said) == ("F.US.MESZ26", "SHORT 2")


def test_one_contract_under_two_names_with_one_quantity_is_one_position() -> None:
    told = lists(row("MESZ26", 1, wire="MESZ26-CME"), row("MESZ26", 1, wire="F.US.MESZ26"))
    assert verdicts({"MESZ26": Decimal(1)}, told) == {"MESZ26": Verdict.AGREED}


@pytest.mark.parametrize(("ours", "verdict"), [(1, Verdict.SILENT), (0, Verdict.UNCLEAR)])
def test_a_broker_who_contradicts_himself_has_not_answered(ours: int, verdict: Verdict) -> None:
    told = lists(row("MESZ26", 1, wire="A"), row("MESZ26", 2, wire="B"))
    assert verdicts({"MESZ26": Decimal(ours)}, told) == {"MESZ26": verdict}


@given(ours=holdings, answer=st.sampled_from(NO_ANSWER), told=holdings)
def test_silence_and_refusal_are_never_flat(ours: dict[str, Decimal], answer: Answer, told: dict[str, Decimal]) -> None:
    found = verdicts(ours, Told(answer, tuple(rows_of(told))))
    assert set(found.values()) <= {Verdict.SILENT}
    is_judged = answer is not Answer.NOT_HERE
    assert set(found) == {symbol for symbol, qty in ours.items() if qty and is_judged}


@given(ours=holdings, theirs=holdings)
def test_longs_and_shorts_are_judged_alike(ours: dict[str, Decimal], theirs: dict[str, Decimal]) -> None:
    mirrored = {symbol: -qty for symbol, qty in ours.items()}
    told = lists(*rows_of(theirs))
    against = lists(*(row(each.symbol, -each.qty) for each in told.positions))
    assert verdicts(ours, told) == verdicts(mirrored, against)


@given(ours=holdings, theirs=holdings, data=st.data())
def test_the_order_of_rows_and_flat_old_contracts_cannot_matter(
    ours: dict[str, Decimal], theirs: dict[str, Decimal], data: st.DataObject
) -> None:
    rows = rows_of(theirs)
    old = [row(symbol, 0, wire="old") for symbol in data.draw(st.lists(st.sampled_from([*SYMBOLS, "NQH24"])))]
    shuffled = data.draw(st.permutations([*rows, *old]))
    plain = reconcile({"Sim1": ours}, {"Sim1": lists(*rows)}, TODAY)
    assert reconcile({"Sim1": ours}, {"Sim1": lists(*shuffled)}, TODAY) == plain


@given(
    ours=st.dictionaries(st.sampled_from(["Sim1", "120005", "PA-1"]), holdings),
    shown=st.sets(st.sampled_from(["Sim1", "120005"])),
)
def test_an_account_that_this_connection_does_not_show_is_never_judged(
    ours: dict[str, dict[str, Decimal]], shown: set[str]
) -> None:
    judged = reconcile(ours, {name: lists() for name in shown}, TODAY)
    assert {account for account, _ in judged} <= shown


@pytest.mark.parametrize(
    ("symbol", "today", "is_over"),
    [
        ("MESM25", date(2026, 9, 15), True),
        ("MESU26", date(2026, 9, 30), False),
        ("ZNU26", date(2026, 10, 7), False),
        ("ZNU26", date(2026, 10, 8), True),
        ("MESZ26", date(2027, 1, 7), False),
        ("MESZ26", date(2027, 1, 8), True),
        ("EURUSD", date(2099, 1, 1), False),
    ],
)
def test_a_future_has_surely_expired_once_its_month_and_its_delivery_are_over(
    symbol: str, today: date, *, is_over: bool
) -> None:
    assert has_expired(symbol, today) is is_over
