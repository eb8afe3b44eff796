"""Log records go to a file, written by a thread of their own: no other thread waits for the disk."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from queue import SimpleQueue

_FORMAT = "%(asctime)s %(levelname)-8s %(threadName)-8s %(name)s: %(message)s"
_LARGEST = 1 << 20
_KEPT = 5


@contextmanager
def logging_to(directory: Path) -> Iterator[None]:
    """Writes `heatline.log` in `directory` while the context lasts."""
    directory.mkdir(parents=True, exist_ok=True)
    file = RotatingFileHandler(directory / "heatline.log", maxBytes=_LARGEST, backupCount=_KEPT, encoding="utf-8")
    file.setFormatter(logging.Formatter(_FORMAT))
    records: SimpleQueue[logging.LogRecord] = SimpleQueue()
    listener = QueueListener(records, file)
    handler = QueueHandler(records)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    listener.start()
    try:
        yield
    finally:
        root.removeHandler(handler)
        listener.stop()
        file.close()
