"""A host by its name: the look-up may take its time or hang, and nothing waits for it that has to end."""

import socket
import threading
from dataclasses import replace

import pytest

from core.facts import LinkUp
from core.snapshots import LinkState
from data.dtc.link import Address, Link
from tests.rude_server import PATIENCE_S, QUICK, WELCOME, Heard, end, say, serving

pytestmark = pytest.mark.says  # each loss is a warning in the log


def test_a_name_that_nobody_resolves_keeps_nothing_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    heard, answer, asked = Heard(), threading.Event(), list[str]()

    def hang(host: str, *_: object, flags: int = 0, **__: object) -> list[object]:
        if flags:
            raise socket.gaierror(socket.EAI_NONAME, "no number")
        asked.append(host)
        answer.wait()
        return []

    monkeypatch.setattr("data.dtc.resolving.socket.getaddrinfo", hang)
    link = Link(Address("slow.example", 1), heard.outlets, replace(QUICK, connect_timeout=0.05))
    link.start()
    try:
        for _ in range(3):
            assert "slow.example: nobody finds" in heard.status(LinkState.DOWN).replace(":1:", ":")
        end(link)
        assert asked == ["slow.example"]
        left = [thread for thread in threading.enumerate() if thread.name == "resolver"]
        assert [thread.daemon for thread in left] == [True]
    finally:
        answer.set()
    left[0].join(PATIENCE_S)


def test_a_name_is_found_without_waiting_for_its_deadline() -> None:
    heard = Heard()
    with serving(say(WELCOME)) as port:
        link = Link(Address("localhost", port), heard.outlets, replace(QUICK, connect_timeout=60))
        link.start()
        heard.until(LinkUp)
        end(link)


def test_a_name_that_does_not_exist_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("data.dtc.resolving.socket.getaddrinfo", fail)
    heard = Heard()
    link = Link(Address("nowhere.example", 1), heard.outlets, QUICK)
    link.start()
    assert heard.status(LinkState.DOWN) == "Nobody answers at nowhere.example:1: Name or service not known"
    end(link)
