"""How domain values lie in a database column."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import REAL, BigInteger, Dialect, Float, Numeric
from sqlalchemy.types import TypeDecorator, TypeEngine

from core.values import micros_from_utc, utc_from_micros


class Exact(TypeDecorator[Decimal]):
    """A Decimal as REAL in SQLite and NUMERIC in PostgreSQL.

    SQLite has no decimals. A double holds 15 digits exactly and its shortest text gives them back, so every price on a
    tick grid and every average on the 1e-8 grid up to 9,999,999 returns as it went in.
    """

    impl = Float
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric())
        return dialect.type_descriptor(REAL(asdecimal=False))

    def to_driver(self, dialect: Dialect) -> Callable[[Decimal], float] | None:
        """What makes a known value the driver's; None where it takes it as it is."""
        return None if dialect.name == "postgresql" else float

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | float | None:
        return value if value is None or dialect.name == "postgresql" else float(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ANN401, ARG002  # SQLAlchemy's signature
        return value if value is None or isinstance(value, Decimal) else Decimal(repr(value)).normalize() + 0


class Moment(TypeDecorator[datetime]):
    """An aware UTC time as whole microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def to_driver(self, dialect: Dialect) -> Callable[[datetime], int]:  # noqa: ARG002  # as `Exact` has it
        """What makes a known time the driver's."""
        return micros_from_utc

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002  # SQLAlchemy's signature
        return None if value is None else micros_from_utc(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002  # SQLAlchemy's signature
        return None if value is None else utc_from_micros(value)
