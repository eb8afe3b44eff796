"""Errors by who is to blame; each carries a sentence the trader can read."""


class HeatlineError(Exception):
    """An expected failure whose text may be shown to the trader as it is."""


class ConfigError(HeatlineError):
    """What was asked for on the command line or in the settings cannot be done (exit code 2)."""


class LedgerInUse(ConfigError):
    """Another Heatline writes this ledger, and one ledger has one writer."""


class LinkError(HeatlineError):
    """The DTC connection failed; nothing that was booked is in doubt."""


class LinkLost(LinkError):
    """The connection ended or fell silent: try again after a pause."""


class ProtocolViolation(LinkError):
    """The other side sent what cannot be DTC: the stream cannot be trusted any more, so drop the link."""


class LogonRefused(LinkError):
    """The server said no: tell the trader and do not try again by ourselves."""


class StorageUnavailable(HeatlineError):
    """The disk or the database cannot take a write now: keep the fact, try again, say NOT SAVED."""


class StorageDamaged(HeatlineError):
    """The ledger's file is damaged: stop booking, leave the file as it is, name the newest good backup."""


class LedgerBug(HeatlineError):
    """The ledger broke its own rules: stop booking, say so; a restart replays."""


class CommandRefused(HeatlineError):
    """A command came too late or does not fit what the ledger holds now; nothing was changed."""


class OldStateIgnored(CommandRefused):
    """What an older panel left fits nothing that is open: put it away."""
