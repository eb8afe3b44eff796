"""Prices with the times for which somebody vouches: spans of time against sets of moments."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.tape import Coverage

_SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6)
_MOMENTS = range(41)


def _moments(coverage: Coverage) -> set[int]:
    """Each as the unit of time that begins with it."""
    return {moment for start, end in coverage.stretches for moment in range(start, end)}


@given(_SPANS)
def test_stretches_are_whole_apart_and_in_order(spans: list[tuple[int, int]]) -> None:
    coverage = Coverage.of(spans)
    assert _moments(coverage) == {moment for start, end in spans for moment in range(start, end)}
    edges = [edge for stretch in coverage.stretches for edge in stretch]
    assert edges == sorted(set(edges))


@given(_SPANS, st.integers(0, 40), st.integers(0, 40))
def test_a_span_is_covered_by_the_moments_in_it(spans: list[tuple[int, int]], start: int, end: int) -> None:
    coverage, span = Coverage.of(spans), set(range(start, end))
    assert coverage.within(start, end) == len(_moments(coverage) & span)
    if span:
        assert coverage.holds(start, end) == (span <= _moments(coverage))
        assert coverage.share(start, end) == len(_moments(coverage) & span) / len(span)


@given(_SPANS, st.integers(0, 40), st.integers(0, 40))
def test_what_is_taken_away_is_all_that_goes(spans: list[tuple[int, int]], start: int, end: int) -> None:
    left = Coverage.of(spans).without(start, end)
    assert _moments(left) == _moments(Coverage.of(spans)) - set(range(start, end))
    assert left == Coverage.of(left.stretches)


@given(_SPANS)
def test_each_moment_is_vouched_for_up_to_the_end_of_its_stretch(spans: list[tuple[int, int]]) -> None:
    coverage = Coverage.of(spans)
    until = coverage.vouched_until(np.array(_MOMENTS)).tolist()
    for moment, end in zip(_MOMENTS, until, strict=True):
        covered = [stretch for stretch in coverage.stretches if stretch[0] <= moment < stretch[1]]
        assert end == (covered[0][1] if covered else moment)


def test_a_span_without_length_is_covered_where_its_moment_is() -> None:
    coverage = Coverage.of([(10, 20)])
    assert [coverage.share(at, at) for at in (9, 10, 20, 21)] == [0, 1, 1, 0]
