"""The recorded price that is proposed for a stale position."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.cli import main
from app.price_lookup import recorded_price_in
from core.values import utc_from_micros
from tests.doubts import LONG_1, stale_of
from tests.scid_files import MOMENT_US, SECOND_US, tick, write_scid

_STALE = replace(stale_of(LONG_1), wire_symbol="MESZ26_FUT_CME", entry_time=utc_from_micros(MOMENT_US))


@pytest.mark.parametrize("scale", [1, 100])
def test_the_entry_tells_on_which_scale_the_file_was_recorded(tmp_path: Path, scale: int) -> None:
    later = MOMENT_US + 60 * SECOND_US
    write_scid(tmp_path / "MESZ26_FUT_CME.scid", tick(MOMENT_US, 5050.25 * scale), tick(later, 5048.5 * scale))
    price_at = recorded_price_in(tmp_path)
    assert price_at(_STALE, utc_from_micros(later + SECOND_US)) == Decimal("5048.50")


def test_without_an_entry_price_the_scale_and_so_the_price_are_unknown(tmp_path: Path) -> None:
    write_scid(tmp_path / "MESZ26_FUT_CME.scid", tick(MOMENT_US))
    unpriced = replace(_STALE, entry_price=None)
    assert recorded_price_in(tmp_path)(unpriced, utc_from_micros(MOMENT_US + SECOND_US)) is None


def test_nothing_is_recorded_where_no_folder_is_at_hand() -> None:
    assert recorded_price_in(None)(_STALE, _STALE.entry_time) is None


def test_a_sierra_folder_that_is_not_there_ends_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "none"
    assert main(["--offscreen", "--data-dir", str(tmp_path), "--sierra-data", str(missing)]) == 2
    assert f"There is no folder {missing}" in capsys.readouterr().err
