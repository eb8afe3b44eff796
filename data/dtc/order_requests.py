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


class SubmitNewOcoOrder(Message, tag=201):
    Symbol: Text = ""
    Exchange: Text = ""
    ClientOrderID_1: Text = ""
    OrderType_1: Whole = 0
    BuySell_1: Whole = 0
    Price1_1: Number = None
    Price2_1: Number = None
    Quantity_1: Number = None
    ClientOrderID_2: Text = ""
    OrderType_2: Whole = 0
    BuySell_2: Whole = 0
    Price1_2: Number = None
    Price2_2: Number = None
    Quantity_2: Number = None
    TimeInForce: Whole = 0
    GoodTillDateTime: Number = 0
    TradeAccount: Text = ""
    IsAutomatedOrder: Flag = 0
    ParentTriggerClientOrderID: Text = ""
    FreeFormText: Text = ""
    OpenOrClose: Whole = 0
    PartialFillHandling: Whole = 0
    UseOffsets: Flag = 0
    OffsetFromParent1: Number = None
    OffsetFromParent2: Number = None
    MaintainSamePricesOnParentFill: Flag = 0
    Price1_1AsString: Text = ""
    Price2_1AsString: Text = ""
    Price1_2AsString: Text = ""
    Price2_2AsString: Text = ""


class CancelOrder(Message, tag=203):
    ServerOrderID: Text = ""
    ClientOrderID: Text = ""
    TradeAccount: Text = ""


class CancelReplaceOrder(Message, tag=204):
    ServerOrderID: Text = ""
    ClientOrderID: Text = ""
    Price1: Number = None
    Price2: Number = None
    Quantity: Number = None
    Price1IsSet: Flag = 1
    Price2IsSet: Flag = 1
    Unused: Whole = 0
    TimeInForce: Whole = 0
    GoodTillDateTime: Number = 0
    UpdatePrice1OffsetToParent: Flag = 0
    TradeAccount: Text = ""
    Price1AsString: Text = ""
    Price2AsString: Text = ""


class SubmitFlattenPositionOrder(Message, tag=209):
    Symbol: Text = ""
    Exchange: Text = ""
    TradeAccount: Text = ""
    ClientOrderID: Text = ""
    FreeFormText: Text = ""
    IsAutomatedOrder: Flag = 0
