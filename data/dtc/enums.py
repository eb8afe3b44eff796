"""DTC enumerations, numbers as in the official header."""

from enum import IntEnum


class Encoding(IntEnum):
    BINARY = 0
    BINARY_VLS = 1
    JSON = 2
    JSON_COMPACT = 3


class LogonStatus(IntEnum):
    SUCCESS = 1
    ERROR = 2
    ERROR_NO_RECONNECT = 3
    RECONNECT_NEW_ADDRESS = 4


class RequestAction(IntEnum):
    SUBSCRIBE = 1
    UNSUBSCRIBE = 2


class OrderStatus(IntEnum):
    UNSPECIFIED = 0
    ORDER_SENT = 1
    PENDING_OPEN = 2
    PENDING_CHILD = 3  # a bracket child that rests until its parent fills: not a fill
    OPEN = 4
    PENDING_CANCEL_REPLACE = 5
    PENDING_CANCEL = 6
    FILLED = 7
    CANCELED = 8
    REJECTED = 9
    PARTIALLY_FILLED = 10


class OrderUpdateReason(IntEnum):
    UNSET = 0
    OPEN_ORDERS_REQUEST_RESPONSE = 1
    NEW_ORDER_ACCEPTED = 2
    GENERAL_ORDER_UPDATE = 3
    ORDER_FILLED = 4
    ORDER_FILLED_PARTIALLY = 5
    ORDER_CANCELED = 6
    ORDER_CANCEL_REPLACE_COMPLETE = 7
    NEW_ORDER_REJECTED = 8
    ORDER_CANCEL_REJECTED = 9
    ORDER_CANCEL_REPLACE_REJECTED = 10


class OrderType(IntEnum):
    UNSET = 0
    MARKET = 1
    LIMIT = 2
    STOP = 3
    STOP_LIMIT = 4
    MARKET_IF_TOUCHED = 5
    LIMIT_IF_TOUCHED = 6
    MARKET_LIMIT = 7


class BuySell(IntEnum):
    UNSET = 0
    BUY = 1
    SELL = 2


class AtBidOrAsk(IntEnum):
    UNSET = 0
    AT_BID = 1
    AT_ASK = 2


class FeedStatus(IntEnum):
    UNSET = 0
    UNAVAILABLE = 1
    AVAILABLE = 2


class SecurityType(IntEnum):
    UNSET = 0
    FUTURES = 1
