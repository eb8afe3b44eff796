"""What could not be understood, told with all of it that could: the trader is to find the fill in Sierra's own log."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from msgspec import structs

from core.facts import InputRefused
from data.dtc.codec import Unreadable
from data.dtc.enums import OrderUpdateReason
from data.dtc.messages import HistoricalOrderFillResponse, Message, OrderUpdate

# What a message says of its place in an answer: it differs each time the same fill is asked for.
_ENVELOPE = frozenset({"RequestID", "TotalNumberMessages", "MessageNumber"})
_FILL_REASONS = (OrderUpdateReason.ORDER_FILLED, OrderUpdateReason.ORDER_FILLED_PARTIALLY)
_LONGEST_TEXT = 4_000


def refuse_fill(message: OrderUpdate | HistoricalOrderFillResponse, symbol: str, reason: str) -> InputRefused:
    """A fill that lacks what no fill can be booked without."""
    return InputRefused(
        account=message.TradeAccount or None,
        reason=reason,
        raw=_text_of(message),
        symbol=symbol or None,
        order_id=message.ServerOrderID or None,
        is_fill=True,
    )


def refuse_message(message: Unreadable) -> InputRefused:
    """A message whose fields are not what the protocol says; whatever may be a fill counts as one."""
    fields = _fields_of(message.raw)
    return InputRefused(
        account=message.account,
        reason=f"Message {message.type_number}: {message.reason}",
        raw=(_json(fields) if fields else message.raw.decode("utf-8", errors="replace"))[:_LONGEST_TEXT],
        symbol=_text(fields, "Symbol"),
        order_id=_text(fields, "ServerOrderID"),
        is_fill=_may_be_fill(message.type_number, fields),
    )


def _text_of(message: Message) -> str:
    """The fields of a message that are set, as JSON. The same report gives the same text whenever it is heard."""
    given = {name: value for name, value in structs.asdict(message).items() if value not in (None, "")}
    return _json({"Type": message.number(), **given})


def _may_be_fill(type_number: int, fields: Mapping[str, Any]) -> bool:
    if type_number == HistoricalOrderFillResponse.number():
        return True
    if type_number != OrderUpdate.number():
        return False
    reason = fields.get("OrderUpdateReason")
    return not isinstance(reason, int) or reason in _FILL_REASONS


def _fields_of(raw: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(raw.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _json(fields: Mapping[str, Any]) -> str:
    plain = {
        name: str(value) if isinstance(value, float) and not isfinite(value) else value
        for name, value in fields.items()
        if name not in _ENVELOPE
    }
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) and value else None
