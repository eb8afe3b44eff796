"""The settings file: missing is fine, wrong is said."""

from pathlib import Path

import pytest

from app.settings import read_settings
from core.errors import ConfigError
from core.settings import Settings


def test_without_a_file_all_is_as_it_comes(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == Settings(reentry_cap=None)


def test_the_cap_is_read(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("reentry_cap = 3\n")
    assert read_settings(tmp_path) == Settings(reentry_cap=3)


def test_every_setting_is_read(tmp_path: Path) -> None:
    lines = ("reentry_cap = 0", "follows_account = true", "back_fill_days = 1", "reconcile_minutes = 1")
    (tmp_path / "settings.toml").write_text("\n".join((*lines, "sierra_data = 'C:/SierraChart/Data'")))
    read = read_settings(tmp_path)
    assert read == Settings(
        0, follows_account=True, back_fill_days=1, reconcile_minutes=1, sierra_data=Path("C:/SierraChart/Data")
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("reentry_cap = -1", "reentry_cap"),
        ("reentry_cap = true", "reentry_cap"),
        ('reentry_cap = "3"', "reentry_cap"),
        ("reentry_cap = 2.5", "reentry_cap"),
        ("reentry_caps = 3", "reentry_caps"),
        ("follows_account = 1", "follows_account must be true or false, not 1"),
        ('follows_account = "yes"', "follows_account"),
        ("back_fill_days = 0", "back_fill_days must be a whole number from 1 on, not 0"),
        ("back_fill_days = 1.5", "back_fill_days"),
        ("back_fill_days = true", "back_fill_days"),
        ("reconcile_minutes = 0", "reconcile_minutes"),
        ("reconcile_minutes = -5", "reconcile_minutes"),
        ("sierra_data = 1", "sierra_data must be a folder in quotes, not 1"),
        ("sierra_data = ''", "sierra_data"),
        ("reentry_cap =", "TOML"),
        ("reentry_cap = 3\n\udcff", "TOML"),
    ],
)
def test_a_wrong_value_is_named_with_its_file(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match=named) as refused:
        read_settings(tmp_path)
    assert str(path) in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        read_settings(tmp_path)
