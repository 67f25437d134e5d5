"""Migrations: Alembic orders them, plain numbered SQL does the work (ADR 0002).

Each change, its row in Alembic's ``alembic_version`` and its row in the ledger ``migration_ledger`` commit together.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import sqlalchemy
from alembic import command, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from tetra.settings import CHECKOUT

DIRECTORY = CHECKOUT / "include" / "migrations"
LEDGER = sqlalchemy.Table(
    "migration_ledger",
    sqlalchemy.MetaData(),
    sqlalchemy.Column("entry", sqlalchemy.BigInteger, sqlalchemy.Identity(always=True), primary_key=True),
    sqlalchemy.Column("migration", sqlalchemy.Text, nullable=False),
    sqlalchemy.Column("direction", sqlalchemy.Text, nullable=False),
    sqlalchemy.Column("checksum", sqlalchemy.Text, nullable=False),
    sqlalchemy.Column(
        "applied_at",
        sqlalchemy.TIMESTAMP(timezone=True),
        server_default=sqlalchemy.func.now(),
        nullable=False,
    ),
    comment="One row per migration applied or taken back; written in the same transaction as the change.",
)


def execute_file(name: str) -> None:
    """Run one file of ``include/migrations/sql`` inside the current migration and write its ledger row.

    Parameters
    ----------
    name : str
        ``NNNN_<verb>_<object>.up.sql`` or ``….down.sql``.
    """
    text = (DIRECTORY / "sql" / name).read_text(encoding="utf-8")
    migration, direction, _ = name.rsplit(".", 2)
    connection = op.get_bind()
    LEDGER.create(connection, checkfirst=True)
    # the driver's own cursor: a percent sign or colon in the SQL is not a parameter
    cursor = connection.connection.cursor()
    cursor.execute(text)
    cursor.close()
    connection.execute(
        LEDGER.insert().values(
            migration=migration, direction=direction, checksum=hashlib.sha256(text.encode()).hexdigest()
        )
    )


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(DIRECTORY))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = sqlalchemy.make_url(url).set(drivername="postgresql+psycopg")
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Apply migrations up to a revision; nothing happens where all are applied.

    Parameters
    ----------
    url : str
        libpq URL of the warehouse as ``tetra_owner``.
    revision : str
        Number of the last migration to apply, or ``head``.
    """
    command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take migrations back down to, and not including, a revision; ``base`` takes back all."""
    command.downgrade(_config(url), revision)


def current(url: str) -> str | None:
    """Return the number of the last migration applied, or None on an empty database."""
    engine = sqlalchemy.create_engine(_config(url).attributes["url"], poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """Return the number of the newest migration in the repository."""
    revision = ScriptDirectory(str(DIRECTORY)).get_current_head()
    assert revision is not None, f"{DIRECTORY} holds no migrations"
    return revision


def run_online(config: Any) -> None:
    """Run what Alembic was asked to run; called by ``include/migrations/env.py``."""
    from alembic import context

    engine = sqlalchemy.create_engine(config.attributes["url"], poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("set lock_timeout = '10s'"))
        # two upgrades at once: the second waits, then finds nothing to do
        connection.execute(sqlalchemy.text("select pg_advisory_lock(hashtext('tetra.migrations'))"))
        connection.commit()
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()


def sql_files() -> list[Path]:
    """Return every migration file, in order."""
    return sorted((DIRECTORY / "sql").glob("*.sql"))
