"""From points to money: the one place where a point value is applied."""

from dataclasses import dataclass
from decimal import Decimal

from core.contracts import Contract
from core.excursion import Excursion


def money(points: Decimal | None, contract: Contract | None) -> Decimal | None:
    """Points times quantity as money; unknown when either the points or the contract's worth is unknown."""
    return None if points is None or contract is None else points * contract.point_value


@dataclass(frozen=True, slots=True)
class ExcursionFigures:
    """MAE and MFE as figures to show: money where the contract is known, points per lot always."""

    mae: Decimal | None
    mfe: Decimal | None
    mae_points: Decimal | None
    mfe_points: Decimal | None


def excursion_figures(excursion: Excursion | None, contract: Contract | None) -> ExcursionFigures:
    if excursion is None:
        return ExcursionFigures(None, None, None, None)
    return ExcursionFigures(
        mae=money(excursion.worst, contract),
        mfe=money(excursion.best, contract),
        mae_points=excursion.worst_points,
        mfe_points=excursion.best_points,
    )
