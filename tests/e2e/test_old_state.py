"""A panel that is started finds what an older one left beside its ledger."""

import json

from core.clock import utc_now
from core.values import Mode, micros_from_utc
from data.database import open_writer
from data.ledger import Ledger
from tests.e2e.conftest import Desk, wait_until
from tests.fills import at, contract_book, fill
from tests.integration.conftest import handle_all, log_on

_NAME = "state_sim_Sim1.json"


def test_what_an_older_panel_left_is_taken_over_at_start_and_never_again(desk: Desk, silent_port: int) -> None:
    ledger = Ledger(open_writer(desk.database), contract_book(), utc_now, practice_modes={"Sim1": Mode.SIM})
    handle_all(ledger, [*log_on("Sim1"), fill(1, "5000.00", 30)])
    ledger.close()
    entered = micros_from_utc(at(30)) / 1e6
    left = desk.data_dir / _NAME
    text = json.dumps({"entry_time_epoch": entered, "trade_min_price": 4990.25, "trade_max_price": None})
    for _ in range(2):
        left.write_text(text)
        window = desk.start_window(silent_port)
        wait_until(lambda: not left.exists(), "the file to be put away")
        window.end()
    (row,), events = desk.read(
        "SELECT trade_min_price, entry_time FROM openposition",
        "SELECT 1 FROM positionevent WHERE kind = 'old_state_applied'",
    )
    assert (row["trade_min_price"], row["entry_time"]) == (4990.25, micros_from_utc(at(30)))
    assert len(events) == 1
    assert {each.name for each in desk.data_dir.glob("state_*")} == {f"{_NAME}.applied", f"{_NAME}.2.applied"}
