"""The Data folder: where it is, and which of its files holds a contract."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ConfigError
from core.symbols import normalise_symbol
from core.values import utc_from_micros
from data.feeds.scid_file import ScidFile
from data.feeds.scid_folder import ScidFolder, find_data_folder, usual_places
from tests.scid_files import MOMENT_US, SECOND_US, header, tick, write_scid

_NAMES = ["MESU26", "MESU26-CME", "MESU26_FUT_CME", "F.US.MESU26", "MESU6.CME", "MESU26-CME [M]"]
_OTHERS = ["MESZ26", "MESU25-CME", "ESU26_FUT_CME", "MNQU6.CME", "F.US.MESH26", "MESU26x", "AAPL", "MES"]


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "SierraChart" / "Data"
    folder.mkdir(parents=True)
    return folder


def _folder(path: Path) -> ScidFolder:
    return ScidFolder(path, lambda: utc_from_micros(MOMENT_US))


def _path_of(found: ScidFile | None) -> Path | None:
    return found.path if found else None


@pytest.mark.parametrize("asked", _NAMES)
@pytest.mark.parametrize("there", _NAMES)
def test_a_contract_is_found_under_whichever_name_it_stands_there(data_folder: Path, there: str, asked: str) -> None:
    path = write_scid(data_folder / f"{there}.scid", tick())
    for other in _OTHERS:
        write_scid(data_folder / f"{other}.scid", tick())
    assert _path_of(_folder(data_folder).find(asked)) == path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.sampled_from(_NAMES + _OTHERS), there=st.lists(st.sampled_from(_NAMES + _OTHERS), unique=True))
def test_the_file_of_another_contract_is_never_taken(data_folder: Path, asked: str, there: list[str]) -> None:
    for old in data_folder.iterdir():
        old.unlink()
    for name in there:
        write_scid(data_folder / f"{name}.scid", tick())
    path = _path_of(_folder(data_folder).find(asked))
    fitting = [name for name in there if normalise_symbol(name, 2026) == normalise_symbol(asked, 2026)]
    assert (path.stem in fitting) if path else not fitting


@pytest.mark.parametrize("newer", _NAMES[:2])
def test_of_two_files_of_a_contract_the_one_with_the_newest_record_counts(data_folder: Path, newer: str) -> None:
    for name in _NAMES[:2]:
        write_scid(data_folder / f"{name}.scid", tick(MOMENT_US + (name == newer) * SECOND_US))
    found = _folder(data_folder).find("MESU26_FUT_CME")
    assert _path_of(found) == data_folder / f"{newer}.scid"


@pytest.mark.parametrize("broken", [b"", header(), b"no scid at all" * 9])
def test_a_file_without_a_record_gives_way_to_one_that_has_some(data_folder: Path, broken: bytes) -> None:
    (data_folder / "MESU26-CME.scid").write_bytes(broken)
    path = write_scid(data_folder / "MESU26_FUT_CME.scid", tick())
    (data_folder / "MESU6.CME.scid").write_bytes(broken)
    assert _path_of(_folder(data_folder).find("MESU26")) == path


def test_only_scid_files_count_in_capitals_too(data_folder: Path) -> None:
    write_scid(data_folder / "MESU26.dly", tick())
    (data_folder / "MESU26-CME.scid").mkdir()
    assert _folder(data_folder).find("MESU26") is None
    path = write_scid(data_folder / "MESU26_FUT_CME.SCID", tick())
    assert _path_of(_folder(data_folder).find("MESU26")) == path


def test_nothing_outside_of_the_folder_is_opened(data_folder: Path) -> None:
    outside = write_scid(data_folder.parent / "MESU26.scid", tick())
    (data_folder / "MESU26-CME.scid").symlink_to(outside)
    for asked in ("MESU26", "../MESU26", str(outside.with_suffix(""))):
        assert _folder(data_folder).find(asked) is None


def test_a_folder_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    assert _folder(tmp_path / "gone").find("MESU26") is None


def test_a_given_folder_goes_before_the_usual_places(data_folder: Path, tmp_path: Path) -> None:
    given_folder = tmp_path / "D"
    given_folder.mkdir()
    assert find_data_folder(given_folder, [data_folder]) == given_folder


def test_the_installation_may_be_given_for_its_data_folder(data_folder: Path) -> None:
    assert find_data_folder(data_folder.parent, []) == data_folder


def test_a_given_folder_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        find_data_folder(tmp_path / "nowhere", [])


def test_with_no_folder_anywhere_there_is_none(tmp_path: Path) -> None:
    assert find_data_folder(None, [tmp_path / "SierraChart" / "Data"]) is None


def test_of_two_installations_the_one_written_to_last_is_meant(data_folder: Path, tmp_path: Path) -> None:
    second = tmp_path / "SierraChartInstance_2" / "Data"
    second.mkdir(parents=True)
    for age, folder in enumerate((second, data_folder)):
        os.utime(write_scid(folder / "MESU26.scid", tick()), (1_000_000 - age, 1_000_000 - age))
    places = usual_places({"WINEPREFIX": str(_prefix_for(tmp_path))}, tmp_path, "linux")
    assert sorted(place.resolve() for place in places) == sorted([data_folder, second])
    found = find_data_folder(None, places)
    assert found is not None
    assert found.resolve() == second


def _prefix_for(drive: Path) -> Path:
    prefix = drive / "prefix"
    prefix.mkdir()
    (prefix / "drive_c").symlink_to(drive)
    return prefix


def test_without_a_prefix_wine_keeps_its_drive_at_home(tmp_path: Path) -> None:
    data = tmp_path / ".wine" / "drive_c" / "SierraChart" / "Data"
    data.mkdir(parents=True)
    assert usual_places({}, tmp_path, "linux") == [data]


def test_on_windows_the_roots_of_the_drives_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = []

    def glob(drive: Path, pattern: str) -> list[Path]:
        looked_at.append(drive.as_posix())
        if drive == Path("E:/"):
            raise PermissionError("the device is not ready")
        return [drive / "SierraChart2", drive / "SierraChart"] if drive == Path("C:/") else []

    monkeypatch.setattr(Path, "glob", glob)
    places = usual_places({"SystemDrive": "C:"}, tmp_path, "win32")
    assert [place.as_posix() for place in places] == ["C:/SierraChart/Data", "C:/SierraChart2/Data"]
    assert looked_at == [Path(drive).as_posix() for drive in ("C:/", "D:/", "E:/")]
