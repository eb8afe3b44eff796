"""How domain values lie in a database column."""

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

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | float | None:
        if value is None or dialect.name == "postgresql":
            return value
        return float(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ANN401, ARG002  # SQLAlchemy's signature
        return value if value is None or isinstance(value, Decimal) else Decimal(repr(value)).normalize() + 0


class Moment(TypeDecorator[datetime]):
    """An aware UTC time as whole microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002  # SQLAlchemy's signature
        return None if value is None else micros_from_utc(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002  # SQLAlchemy's signature
        return None if value is None else utc_from_micros(value)
