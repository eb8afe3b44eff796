"""Opens the ledger of a folder and dies of `kill -9` on the way. A program of its own, for the sake of its life.

Arguments: the folder; how many statements and commits to live through, -1 to die before the first connection.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from core.clock import utc_now
from data.contract_table import read_contract_book
from data.database import open_writer
from data.ledger import Ledger


def die_after(steps: int) -> None:
    left = steps

    def step(*_anything: Any) -> None:
        nonlocal left
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    if steps < 0:
        sys.addaudithook(lambda name, _arguments: step() if name == "sqlite3.connect" else None)
    event.listen(Engine, "before_cursor_execute", step)
    event.listen(Engine, "commit", step)


def main() -> None:
    die_after(int(sys.argv[2]))
    connection = open_writer(Path(sys.argv[1]) / "heatline.db")
    Ledger(connection, read_contract_book(), utc_now, practice_modes={}).close()


if __name__ == "__main__":
    main()
