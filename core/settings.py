"""What the trader chose, once and for all runs."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`reentry_cap` is how many re-entries a day in one symbol the trader allows himself; None for no cap.

    With `follows_account` the view goes to the account in which fills come in. `back_fill_days` is how far back an
    account that was never seen is asked for, `reconcile_minutes` how often the broker is asked what is held.
    `sierra_data` is the folder in which Sierra Chart records prices; without one it is looked for.
    """

    reentry_cap: int | None = None
    follows_account: bool = False
    back_fill_days: int = 5
    reconcile_minutes: int = 5
    sierra_data: Path | None = None
