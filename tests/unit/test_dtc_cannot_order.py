"""Heatline watches: the client side cannot send an order."""

import ast
from pathlib import Path

import pytest

from data.dtc import order_requests
from data.dtc.messages import Message

DTC = Path(order_requests.__file__).parent
MAY_KNOW = {"codec"}  # it reads what any peer may send


def imported_by(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", sorted(DTC.glob("*.py")), ids=lambda path: path.stem)
def test_no_module_of_the_client_side_knows_an_order(path: Path) -> None:
    knows = {name for name in imported_by(path) if "order_requests" in name}
    assert not knows or path.stem in MAY_KNOW


def test_the_client_side_is_all_there() -> None:
    parts = {"session", "observer", "market", "connection", "link", "requests", "translate", "dialling"}
    assert parts <= {path.stem for path in DTC.glob("*.py")}


def test_all_messages_that_order_or_change_orders_are_in_that_one_module() -> None:
    orders = {kind for kind in Message.__subclasses__() if 200 <= kind.number() < 300}
    assert {kind.__module__ for kind in orders} == {order_requests.__name__}
