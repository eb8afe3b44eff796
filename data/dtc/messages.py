"""The DTC version 8 messages Heatline speaks, with the protocol's own names, numbers and defaults.

Every field may be missing or null on the wire. A number whose default is None is unset unless it was sent; a sender may
also write DBL_MAX for unset. Names are those of the official header, its misspelling in POSITION_UPDATE included.
"""

from msgspec import Struct

Whole = int | None
Number = int | float | None
Flag = bool | int | None
Text = str | None


class Message(Struct, tag_field="Type", kw_only=True, gc=False):
    """One DTC message; its type number is the tag `Type`."""

    @classmethod
    def number(cls) -> int:
        """The DTC type number."""
        return int(cls.__struct_config__.tag)  # type: ignore[arg-type]


class LogonRequest(Message, tag=1):
    ProtocolVersion: Whole = 8
    Username: Text = ""
    Password: Text = ""
    GeneralTextData: Text = ""
    Integer_1: Whole = 0
    Integer_2: Whole = 0
    HeartbeatIntervalInSeconds: Whole = 0
    Unused1: Whole = 0
    TradeAccount: Text = ""
    HardwareIdentifier: Text = ""
    ClientName: Text = ""
    MarketDataTransmissionInterval: Whole = 0


class LogonResponse(Message, tag=2):
    ProtocolVersion: Whole = 8
    # The header's default is success; an answer that says nothing must not read as one.
    Result: Whole = 0
    ResultText: Text = ""
    ReconnectAddress: Text = ""
    Integer_1: Whole = 0
    ServerName: Text = ""
    MarketDepthUpdatesBestBidAndAsk: Flag = 0
    TradingIsSupported: Flag = 0
    OCOOrdersSupported: Flag = 0
    OrderCancelReplaceSupported: Flag = 1
    SymbolExchangeDelimiter: Text = ""
    SecurityDefinitionsSupported: Flag = 0
    HistoricalPriceDataSupported: Flag = 0
    ResubscribeWhenMarketDataFeedAvailable: Flag = 0
    MarketDepthIsSupported: Flag = 1
    OneHistoricalPriceDataRequestPerConnection: Flag = 0
    BracketOrdersSupported: Flag = 0
    Unused_1: Whole = 0
    UsesMultiplePositionsPerSymbolAndTradeAccount: Flag = 0
    MarketDataSupported: Flag = 1


class Heartbeat(Message, tag=3):
    NumDroppedMessages: Whole = 0
    CurrentDateTime: Number = 0


class Logoff(Message, tag=5):
    Reason: Text = ""
    DoNotReconnect: Flag = 0


class EncodingRequest(Message, tag=6):
    ProtocolVersion: Whole = 8
    Encoding: Whole = 0
    ProtocolType: Text = "DTC"


class EncodingResponse(Message, tag=7):
    ProtocolVersion: Whole = 8
    Encoding: Whole = 0
    ProtocolType: Text = "DTC"


class MarketDataFeedStatus(Message, tag=100):
    Status: Whole = 0


class MarketDataRequest(Message, tag=101):
    RequestAction: Whole = 1
    SymbolID: Whole = 0
    Symbol: Text = ""
    Exchange: Text = ""
    IntervalForSnapshotUpdatesInMilliseconds: Whole = 0


class MarketDataReject(Message, tag=103):
    SymbolID: Whole = 0
    RejectText: Text = ""


class MarketDataSnapshot(Message, tag=104):
    SymbolID: Whole = 0
    SessionSettlementPrice: Number = None
    SessionOpenPrice: Number = None
    SessionHighPrice: Number = None
    SessionLowPrice: Number = None
    SessionVolume: Number = None
    SessionNumTrades: Whole = 0
    OpenInterest: Whole = 0
    BidPrice: Number = None
    AskPrice: Number = None
    AskQuantity: Number = None
    BidQuantity: Number = None
    LastTradePrice: Number = None
    LastTradeVolume: Number = None
    LastTradeDateTime: Number = 0
    BidAskDateTime: Number = 0
    SessionSettlementDateTime: Number = 0
    TradingSessionDate: Number = 0
    TradingStatus: Whole = 0
    MarketDepthUpdateDateTime: Number = 0


class MarketDataUpdateTrade(Message, tag=107):
    SymbolID: Whole = 0
    AtBidOrAsk: Whole = 0
    Price: Number = None
    Volume: Number = None
    DateTime: Number = 0


class MarketDataUpdateBidAsk(Message, tag=108):
    SymbolID: Whole = 0
    BidPrice: Number = None
    BidQuantity: Number = None
    AskPrice: Number = None
    AskQuantity: Number = None
    DateTime: Number = 0


class MarketDataUpdateTradeCompact(Message, tag=112):
    Price: Number = None
    Volume: Number = None
    DateTime: Number = 0
    SymbolID: Whole = 0
    AtBidOrAsk: Whole = 0


class MarketDataUpdateBidAskCompact(Message, tag=117):
    BidPrice: Number = None
    BidQuantity: Number = None
    AskPrice: Number = None
    AskQuantity: Number = None
    DateTime: Number = 0
    SymbolID: Whole = 0


class MarketDataUpdateTradeWithUnbundledIndicator(Message, tag=137):
    SymbolID: Whole = 0
    AtBidOrAsk: Whole = 0
    UnbundledTradeIndicator: Whole = 0
    TradeCondition: Whole = 0
    Price: Number = None
    Volume: Number = None
    DateTime: Number = 0


class OpenOrdersRequest(Message, tag=300):
    RequestID: Whole = 0
    RequestAllOrders: Flag = 1
    ServerOrderID: Text = ""
    TradeAccount: Text = ""


class OrderUpdate(Message, tag=301):
    RequestID: Whole = 0
    TotalNumMessages: Whole = 0
    MessageNumber: Whole = 0
    Symbol: Text = ""
    Exchange: Text = ""
    PreviousServerOrderID: Text = ""
    ServerOrderID: Text = ""
    ClientOrderID: Text = ""
    ExchangeOrderID: Text = ""
    OrderStatus: Whole = 0
    OrderUpdateReason: Whole = 0
    OrderType: Whole = 0
    BuySell: Whole = 0
    Price1: Number = None
    Price2: Number = None
    TimeInForce: Whole = 0
    GoodTillDateTime: Number = 0
    OrderQuantity: Number = None
    FilledQuantity: Number = None
    RemainingQuantity: Number = None
    AverageFillPrice: Number = None
    LastFillPrice: Number = None
    LastFillDateTime: Number = 0
    LastFillQuantity: Number = None
    LastFillExecutionID: Text = ""
    TradeAccount: Text = ""
    InfoText: Text = ""
    NoOrders: Flag = 0
    ParentServerOrderID: Text = ""
    OCOLinkedOrderServerOrderID: Text = ""
    OpenOrClose: Whole = 0
    PreviousClientOrderID: Text = ""
    FreeFormText: Text = ""
    OrderReceivedDateTime: Number = 0
    LatestTransactionDateTime: Number = 0
    Username: Text = ""


class OpenOrdersReject(Message, tag=302):
    RequestID: Whole = 0
    RejectText: Text = ""


class HistoricalOrderFillsRequest(Message, tag=303):
    RequestID: Whole = 0
    ServerOrderID: Text = ""
    NumberOfDays: Whole = 0
    TradeAccount: Text = ""
    StartDateTime: Number = 0


class HistoricalOrderFillResponse(Message, tag=304):
    RequestID: Whole = 0
    TotalNumberMessages: Whole = 0
    MessageNumber: Whole = 0
    Symbol: Text = ""
    Exchange: Text = ""
    ServerOrderID: Text = ""
    BuySell: Whole = 0
    Price: Number = None
    DateTime: Number = 0
    Quantity: Number = None
    UniqueExecutionID: Text = ""
    TradeAccount: Text = ""
    OpenClose: Whole = 0
    NoOrderFills: Flag = 0
    InfoText: Text = ""
    HighPriceDuringPosition: Number = None
    LowPriceDuringPosition: Number = None
    PositionQuantity: Number = None
    Username: Text = ""
    ExchangeOrderID: Text = ""
    SenderSubID: Text = ""


class CurrentPositionsRequest(Message, tag=305):
    RequestID: Whole = 0
    TradeAccount: Text = ""


class PositionUpdate(Message, tag=306):
    RequestID: Whole = 0
    TotalNumberMessages: Whole = 0
    MessageNumber: Whole = 0
    Symbol: Text = ""
    Exchange: Text = ""
    Quantity: Number = None
    AveragePrice: Number = None
    PositionIdentifier: Text = ""
    TradeAccount: Text = ""
    NoPositions: Flag = 0
    Unsolicited: Flag = 0
    MarginRequirement: Number = None
    EntryDateTime: Number = 0
    OpenProfitLoss: Number = None
    HighPriceDuringPosition: Number = None
    LowPriceDuringPosition: Number = None
    QuantityLimit: Number = None
    MaxPotentialPostionQuantity: Number = None


class CurrentPositionsReject(Message, tag=307):
    RequestID: Whole = 0
    RejectText: Text = ""


class HistoricalOrderFillsReject(Message, tag=308):
    RequestID: Whole = 0
    RejectText: Text = ""


class TradeAccountsRequest(Message, tag=400):
    RequestID: Whole = 0


class TradeAccountResponse(Message, tag=401):
    TotalNumberMessages: Whole = 0
    MessageNumber: Whole = 0
    TradeAccount: Text = ""
    RequestID: Whole = 0
    TradingIsDisabled: Flag = 0


class SecurityDefinitionForSymbolRequest(Message, tag=506):
    RequestID: Whole = 0
    Symbol: Text = ""
    Exchange: Text = ""


class SecurityDefinitionResponse(Message, tag=507):
    RequestID: Whole = 0
    Symbol: Text = ""
    Exchange: Text = ""
    SecurityType: Whole = 0
    Description: Text = ""
    MinPriceIncrement: Number = None
    PriceDisplayFormat: Whole = -1
    CurrencyValuePerIncrement: Number = None
    IsFinalMessage: Flag = 0
    FloatToIntPriceMultiplier: Number = 1.0
    IntToFloatPriceDivisor: Number = 1.0
    UnderlyingSymbol: Text = ""
    UpdatesBidAskOnly: Flag = 0
    StrikePrice: Number = None
    PutOrCall: Whole = 0
    ShortInterest: Whole = 0
    SecurityExpirationDate: Number = 0
    BuyRolloverInterest: Number = None
    SellRolloverInterest: Number = None
    EarningsPerShare: Number = None
    SharesOutstanding: Whole = 0
    IntToFloatQuantityDivisor: Number = None
    HasMarketDepthData: Flag = 1
    DisplayPriceMultiplier: Number = 1.0
    ExchangeSymbol: Text = ""
    InitialMarginRequirement: Number = None
    MaintenanceMarginRequirement: Number = None
    Currency: Text = ""
    ContractSize: Number = None
    OpenInterest: Whole = 0
    RolloverDate: Number = 0
    IsDelayed: Flag = 0
    SecurityIdentifier: Whole = 0
    ProductIdentifier: Text = ""


class SecurityDefinitionReject(Message, tag=509):
    RequestID: Whole = 0
    RejectText: Text = ""


class AccountBalanceUpdate(Message, tag=600):
    RequestID: Whole = 0
    CashBalance: Number = None
    BalanceAvailableForNewPositions: Number = None
    AccountCurrency: Text = ""
    TradeAccount: Text = ""
    SecuritiesValue: Number = None
    MarginRequirement: Number = None
    TotalNumberMessages: Whole = 0
    MessageNumber: Whole = 0
    NoAccountBalances: Flag = 0
    Unsolicited: Flag = 0
    OpenPositionsProfitLoss: Number = None
    DailyProfitLoss: Number = None
    InfoText: Text = ""
    TransactionIdentifier: Whole = 0
    DailyNetLossLimit: Number = None
    TrailingAccountValueToLimitPositions: Number = None
    DailyNetLossLimitReached: Flag = 0
    IsUnderRequiredMargin: Flag = 0
    ClosePositionsAtEndOfDay: Flag = 0
    TradingIsDisabled: Flag = 0
    Description: Text = ""
    IsUnderRequiredAccountValue: Flag = 0
    TransactionDateTime: Number = 0
    MarginRequirementFull: Number = None
    MarginRequirementFullPositionsOnly: Number = None
    PeakMarginRequirement: Number = None
    IntroducingBroker: Text = ""
    OpenPositionsProfitLossBasedOnSettlementPrice: Number = None
    LastOrderActivityDateTime: Number = 0


class AccountBalanceRequest(Message, tag=601):
    RequestID: Whole = 0
    TradeAccount: Text = ""


class AccountBalanceReject(Message, tag=602):
    RequestID: Whole = 0
    RejectText: Text = ""
