"""The requests that send orders. Only the practice exchange reads these.

The client side cannot send an order because it never imports them.
"""

from data.dtc.messages import Flag, Message, Number, Text, Whole


class SubmitNewSingleOrder(Message, tag=208):
    Symbol: Text = ""
    Exchange: Text = ""
    TradeAccount: Text = ""
    ClientOrderID: Text = ""
    OrderType: Whole = 0
    BuySell: Whole = 0
    Price1: Number = None
    Price2: Number = None
    Quantity: Number = None
    TimeInForce: Whole = 0
    GoodTillDateTime: Number = 0
    IsAutomatedOrder: Flag = 0
    IsParentOrder: Flag = 0
    FreeFormText: Text = ""
    OpenOrClose: Whole = 0
    MaxShowQuantity: Number = None
    Price1AsString: Text = ""
    Price2AsString: Text = ""
    IntendedPositionQuantity: Number = None


class SubmitFlattenPositionOrder(Message, tag=209):
    Symbol: Text = ""
    Exchange: Text = ""
    TradeAccount: Text = ""
    ClientOrderID: Text = ""
    FreeFormText: Text = ""
    IsAutomatedOrder: Flag = 0
