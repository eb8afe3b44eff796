"""How long the link waits for what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds."""

    heartbeat_interval: float = 5.0  # two of them in silence, and the server is gone
    handshake_deadline: float = 20.0
    answer_deadline: float = 5.0  # without a further part of the answer
    connect_timeout: float = 5.0
    first_pause: float = 0.5  # before connecting again; doubled each time
    longest_pause: float = 15.0
