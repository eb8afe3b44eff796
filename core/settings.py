"""What the trader chose, once and for all runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """`reentry_cap` is how many re-entries a day in one symbol the trader allows himself; None for no cap."""

    reentry_cap: int | None = None
