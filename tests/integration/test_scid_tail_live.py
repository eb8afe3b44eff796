"""A file followed while somebody writes it at the same time, or does with it what he likes between two polls."""

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.feeds.scid_file import ScidFile
from tests.scid_files import append, real_ticks, write_scid
from tests.scid_writer import Follower, Sierra, SierraBars, packed, records, trades


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    return tmp_path / "MESZ26.scid"


@pytest.mark.parametrize("seed", range(3))
def test_bursts_flushes_cuts_and_new_beginnings_lose_nothing_and_double_nothing(recorded: Path, seed: int) -> None:
    write_scid(recorded)
    sierra, follower = Sierra(recorded, seed, flushes=60), Follower(recorded)
    sierra.start()
    while sierra.is_alive():
        follower.poll()
        time.sleep(0.002)
    sierra.join()
    follower.poll()
    assert sierra.written > 10_000
    assert follower.seen == trades(range(sierra.written))
    assert follower.rewritten


def test_bars_that_grow_in_their_place_come_once_when_the_next_begins(recorded: Path) -> None:
    write_scid(recorded)
    sierra, follower = SierraBars(recorded, 200), Follower(recorded)
    sierra.start()
    while sierra.is_alive():
        follower.poll()
    sierra.join()
    running = follower.poll().running_bar
    assert running is not None
    assert [*follower.seen, (int(running.at_us[0]), float(running.price[0]))] == sierra.finished
    assert not follower.rewritten


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(["append", "tear", "download", "forget", "poll", "poll"]), st.integers(0, 40)),
        max_size=25,
    )
)
def test_whatever_sierra_does_between_two_polls_each_trade_comes_once(
    recorded: Path, acts: list[tuple[str, int]]
) -> None:
    """`download` writes all trades anew, `forget` begins the file anew with those that nobody saw."""
    write_scid(recorded)
    follower, written, torn = Follower(recorded), 0, b""
    for act, count in acts:
        match act:
            case "append":
                append(recorded, torn, records(range(written, written + count)))
                written, torn = written + count, b""
            case "tear":
                append(recorded, torn, packed(written)[:count])
                torn, written = packed(written)[count:], written + 1
            case "download":
                write_scid(recorded, records(range(written)))
                torn = b""
            case "forget":
                write_scid(recorded, records(range(len(follower.seen), written)))
                torn = b""
            case _:
                follower.poll()
    append(recorded, torn)
    follower.poll()
    assert follower.seen == trades(range(written))


def test_a_real_session_written_in_pieces_is_followed_to_the_last_trade(recorded: Path) -> None:
    data = real_ticks("ESM18_session.scid").read_bytes()
    follower = Follower(recorded)
    random = np.random.default_rng(3)
    ends = sorted({*random.integers(1, len(data), 200).tolist(), len(data)})
    recorded.touch()
    for start, end in zip([0, *ends], ends, strict=False):
        append(recorded, data[start:end])
        follower.poll()
    assert follower.seen == [(each.at_us, each.price) for each in ScidFile(recorded).ticks()]
    assert len(follower.seen) == 74_907
    assert not follower.rewritten
