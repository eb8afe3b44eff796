"""The window beside a server that gives no prices, and Sierra's Data folder in their place."""

import json
from typing import Any

from core.clock import utc_now
from core.values import micros_from_utc
from panels import formats
from tests.e2e.conftest import Desk, wait_until
from tests.scid_files import append, tick, write_scid

_BEHIND = "Prices .scid · "


def words(seen: dict[str, Any]) -> list[str]:
    return list(seen["words"])


def _is_lag(text: str) -> bool:
    return text.startswith(_BEHIND) and text.endswith(" s behind")


def now_us() -> int:
    return micros_from_utc(utc_now())


def test_without_the_folder_the_trader_is_told_what_to_set(desk: Desk) -> None:
    exchange = desk.start_exchange("--control", "--quirk", "no-market-data")
    panel = desk.start_panel(exchange.port)
    panel.wait_for(lambda seen: seen["verified"], "the logon")
    exchange.control.trade("Sim1", "BUY", 1, 1)
    seen = panel.wait_for(lambda seen: "No prices · Data folder unknown" in words(seen), "the state of the feed")
    assert "LONG 1" in words(seen)
    panel.wait_for(
        lambda seen: any("--sierra-data" in text and "File Flush Time" in text for text in words(seen)), "the sentence"
    )


def test_with_the_folder_price_lag_and_open_pnl_come_from_the_file(desk: Desk) -> None:
    folder = desk.directory / "Data"
    folder.mkdir()
    exchange = desk.start_exchange("--control", "--quirk", "no-market-data")
    panel = desk.start_panel(exchange.port, folder)
    panel.wait_for(lambda seen: seen["verified"], "the logon")
    exchange.control.trade("Sim1", "BUY", 1, 1)
    panel.wait_for(lambda seen: "No prices · .scid file missing" in words(seen), "that the file is missing")
    (bought,) = desk.made()
    entry = float(bought["price"])
    file = write_scid(folder / "MESZ26_FUT_CME.scid", tick(now_us(), entry - 1))
    panel.wait_for(lambda seen: f"{formats.MINUS}$5.00" in words(seen), "the open P&L")
    append(file, tick(now_us(), entry + 2))
    seen = panel.wait_for(lambda seen: "+$10.00" in words(seen), "the open P&L of the newest price")
    assert f"{entry + 2:,.2f}".replace(",", "\N{NO-BREAK SPACE}") in words(seen)
    panel.wait_for(lambda seen: any(_is_lag(text) for text in words(seen)), "the lag")
    wait_until(lambda: desk.read("SELECT mfe FROM openposition")[0][0]["mfe"] == 10.0, "the MFE on disk")
    assert desk.read("SELECT mae FROM openposition")[0][0]["mae"] == -5.0


def test_the_exchange_writes_the_file_that_the_window_reads_by_its_settings(desk: Desk) -> None:
    exchange = desk.start_exchange("--trader", "5", "--quirk", "no-market-data", "--write-scid", "sierra")
    folder = desk.directory / "sierra"
    desk.data_dir.mkdir()
    (desk.data_dir / "settings.toml").write_text(f"sierra_data = '{folder}'\n", "utf-8")
    words = desk.see_window(exchange.port, seconds=4)
    assert any(text.startswith(_BEHIND) for text in words), words
    trades = json.loads(desk.run("trades", "--data-dir", str(desk.data_dir), "--json"))
    assert any(trade["mae"] or trade["mfe"] for trade in trades)


def test_a_setting_that_names_no_folder_is_refused(desk: Desk) -> None:
    folder = desk.directory / "my data"
    desk.data_dir.mkdir()
    (desk.data_dir / "settings.toml").write_text(f"sierra_data = '{folder}'\n", "utf-8")
    refused = desk.start_window(1, "--for", "1").finish(expected=2)
    assert f"There is no folder {folder}" in refused
