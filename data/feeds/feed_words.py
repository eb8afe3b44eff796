"""What a trader is told about prices that do not flow: one sentence that says what to do."""

from pathlib import Path

_FLUSH = (
    "Global Settings >> Data/Trade Service Settings >> Intraday File Flush Time in Milliseconds to 500 or 1000: "
    "by default it writes prices only every 5 s"
)


def refused_without_folder(symbol: str, reason: str) -> str:
    return (
        f"Sierra Chart gives no prices of {symbol} over DTC ({reason.rstrip('.')}): name its Data folder by "
        f"--sierra-data or by sierra_data in settings.toml, and set {_FLUSH}"
    )


def no_file(symbol: str, folder: Path) -> str:
    return (
        f"No .scid file of {symbol} is in {folder}: open a chart of it in Sierra Chart, "
        "or add it to the Intraday File Update List"
    )


def lagging(symbol: str, lag_us: int) -> str:
    return f"Prices of {symbol} come {lag_us / 1_000_000:.1f} s late: in Sierra Chart set {_FLUSH}"


def unconfirmed(symbol: str) -> str:
    return (
        f"Recorded prices of {symbol} could not be held against a known one yet: they are shown as recorded, "
        "and nothing is reckoned with them"
    )


def quiet_file(path: Path, seconds: int) -> str:
    return f"Nothing was added to {path} for more than {seconds} s of trading: is Sierra Chart connected to its data?"


def link_lost(symbol: str) -> str:
    return f"Prices of {symbol} ended with the link to Sierra Chart"


def nothing_yet(symbol: str) -> str:
    return f"No price of {symbol} has come yet"
