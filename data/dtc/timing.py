"""How long the link waits for what."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds, but for `jitter`: the share by which chance makes a pause longer or shorter."""

    heartbeat_interval: float = 5.0  # two of them in silence, and the server is gone
    handshake_deadline: float = 20.0
    answer_deadline: float = 5.0  # without a further part of the answer
    connect_timeout: float = 5.0
    first_pause: float = 0.5  # before connecting again; doubled each time
    longest_pause: float = 15.0
    round_interval: float = 300.0  # between the questions of one round and those of the next
    first_retry: float = 5.0  # before a question without an answer is put again; doubled each time
    longest_retry: float = 300.0
    jitter: float = 0.2

    def spread(self, pause: float) -> float:
        """A little chance keeps two panels from knocking in step."""
        return pause * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311  # no secret
