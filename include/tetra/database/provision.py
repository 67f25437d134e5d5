"""Roles and databases, made by an administrator on any PostgreSQL server; safe to run again.

Roles and databases belong to the whole server, so they are not migrations: those run inside one database as its owner.

=================  ===========================================================================
role               may
=================  ===========================================================================
tetra_owner        everything in database ``tetra`` (migrations, dbt)
tetra_writer       write the landing and result tables, as the migrations grant (operators)
tetra_reader       select, with a statement timeout of 30 s (Superset, ``make sql``)
tetra_airflow      everything in database ``tetra_airflow``
tetra_superset     everything in database ``tetra_superset``
=================  ===========================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tetra.errors import PlatformError

ROLES = ("owner", "writer", "reader", "airflow", "superset")
DATABASES = {"tetra": "tetra_owner", "tetra_airflow": "tetra_airflow", "tetra_superset": "tetra_superset"}
MINIMUM_VERSION = 15


@dataclass(frozen=True)
class Server:
    """An administrator's way into a PostgreSQL server.

    Parameters
    ----------
    url : str
        libpq URL of a role that may create roles and databases.
    """

    url: str

    def url_for(self, *, role: str, password: str, database: str) -> str:
        """Return the libpq URL of a role of ours on one database of this server."""
        parts = urlsplit(self.url)
        host = parts.hostname or "localhost"
        address = f"[{host}]" if ":" in host else host
        port = f":{parts.port}" if parts.port else ""
        netloc = f"{role}:{quote(password, safe='')}@{address}{port}"
        return urlunsplit(("postgresql", netloc, f"/{database}", parts.query, ""))


def connect_as_administrator(server: Server, *, database: str | None = None) -> psycopg.Connection[Any]:
    """Open an autocommit connection, checking that the server is recent enough.

    Raises
    ------
    PlatformError
        If the server cannot be reached or is older than PostgreSQL 15.
    """
    host = urlsplit(server.url).hostname
    options: dict[str, Any] = {} if database is None else {"dbname": database}
    try:
        connection = psycopg.connect(server.url, autocommit=True, connect_timeout=10, **options)
    except psycopg.Error as error:
        raise PlatformError(f"cannot connect to the server of TETRA_DATABASE_URL at {host!r}: {error}") from error
    version = connection.info.server_version // 10000
    if version < MINIMUM_VERSION:
        connection.close()
        raise PlatformError(f"the server at {host!r} is PostgreSQL {version}; Tetra needs {MINIMUM_VERSION} or later")
    return connection


def provision(server: Server, passwords: Mapping[str, str]) -> None:
    """Make roles and databases, or bring them in step.

    Parameters
    ----------
    server : Server
        Where; its role needs CREATEROLE and CREATEDB.
    passwords : mapping
        ``owner``, ``writer``, ``reader``, ``airflow`` and ``superset``.
    """
    with connect_as_administrator(server) as connection:
        # two at once: the second waits, then finds all in place
        connection.execute("select pg_advisory_lock(hashtext('tetra.provision'))")
        for role in ROLES:
            _ensure_role(connection, f"tetra_{role}", passwords[role])
        for database, owner in DATABASES.items():
            _ensure_database(connection, database, owner)
    with connect_as_administrator(server, database="tetra") as connection:
        _restrict_warehouse(connection)
        _ensure_timescale(connection)


def _ensure_role(connection: psycopg.Connection[Any], role: str, password: str) -> None:
    name = sql.Identifier(role)
    exists = connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone()
    if not exists:
        connection.execute(sql.SQL("create role {} login noinherit").format(name))
    # a scram verifier, made here: the password itself never reaches the server, so no log of it can show it
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("alter role {} login inherit password {}").format(name, sql.Literal(verifier)))
    is_superuser = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    if is_superuser and not is_superuser[0]:
        # a managed server's administrator may hand databases only to roles it belongs to
        connection.execute(sql.SQL("grant {} to current_user").format(name))


def _ensure_database(connection: psycopg.Connection[Any], database: str, owner: str) -> None:
    exists = connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone()
    if not exists:
        # template0: the TimescaleDB image puts the extension into template1
        connection.execute(
            sql.SQL("create database {} owner {} encoding 'UTF8' template template0").format(
                sql.Identifier(database), sql.Identifier(owner)
            )
        )
    connection.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(database)))


def _restrict_warehouse(connection: psycopg.Connection[Any]) -> None:
    connection.execute("grant connect, temporary on database tetra to tetra_writer")
    connection.execute("grant connect on database tetra to tetra_reader")
    connection.execute("alter role tetra_reader in database tetra set statement_timeout = '30s'")
    # a seat belt only, a session may take it off: the boundary is that the reader is granted nothing but select
    connection.execute("alter role tetra_reader in database tetra set default_transaction_read_only = on")
    connection.execute("revoke create on schema public from public")


def _ensure_timescale(connection: psycopg.Connection[Any]) -> None:
    available = connection.execute("select 1 from pg_available_extensions where name = 'timescaledb'").fetchone()
    # without the preload, CREATE EXTENSION ends the session with an error nobody can catch
    loaded = connection.execute("select current_setting('timescaledb.disable_load', true) is not null").fetchone()
    if available and loaded and loaded[0]:
        connection.execute("create extension if not exists timescaledb")
