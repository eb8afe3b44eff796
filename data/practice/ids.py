"""Names for orders and executions that no other run gives."""

from collections.abc import Container


class Ids:
    """Counts a run's orders and its executions; the run's number is in each id.

    Where they `start_over` it is not, as with a simulator; even then no order gets the id of one that is at work.
    """

    def __init__(self, run: int, taken: Container[str]) -> None:
        self.start_over = False
        self._run = run
        self._taken = taken
        self._order_count = 0
        self._execution_count = 0

    def draw_order(self) -> str:
        while True:
            self._order_count += 1
            name = str(self._order_count) if self.start_over else f"{self._run}-{self._order_count}"
            if name not in self._taken:
                return name

    def draw_execution(self) -> str:
        self._execution_count += 1
        return f"E{self._execution_count}" if self.start_over else f"{self._run}.{self._execution_count}"
