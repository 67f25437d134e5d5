"""Bring Superset in step with git: its database's schema, roles, the administrator, and everything below ``assets/``.

Run with the Superset environment's Python and the variables of ``superset_config.py``, plus

=========================  =================================================================================
variable                   meaning
=========================  =================================================================================
SUPERSET_CONFIG_PATH       path of ``superset_config.py``
SUPERSET_HOME              a directory below the state directory, so that nothing lands in the user's home
SUPERSET_ADMIN_PASSWORD    password of the administrator; a different one replaces the kept one
SUPERSET_ADMIN_USERNAME    the administrator's name (default: ``admin``)
=========================  =================================================================================

One process, because starting Superset costs seconds. All of ``assets/`` is applied in one transaction: either the
tree in git stands, or what stood before still does. What was applied before and is no longer in git is removed;
what people made in the UI is never touched. With nothing to do it returns in well under two seconds, without
loading Superset: the last applied state is kept beside what it describes, in Superset's own database.

Exit status 0 when applied or unchanged; 1 with the cause on stderr otherwise. Superset's own log goes to stderr.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
import yaml
from asset_tree import AssetError, load_assets, uuids_in, warehouse_uri
from psycopg2 import sql

HERE = Path(__file__).resolve().parent
ASSETS = HERE / "assets"
LOCK = 0x7E7A5E7
"""Advisory lock: two of us at once would make every object twice."""


# --- what should stand ---------------------------------------------------------------------------------------------
def required(name: str) -> str:
    """Return an environment variable, or raise AssetError with its name."""
    value = os.environ.get(name)
    if not value:
        raise AssetError(f"{name} is not set; start Superset through make or docker compose, or export it")
    return value


def hash_inputs(assets: dict[str, str], *, admin: str, password: str) -> str:
    """Return a hash of everything that decides what stands in Superset's database."""
    digest = hashlib.sha256()
    for part in (
        json.dumps(assets, sort_keys=True),
        (HERE / "superset_config.py").read_text(encoding="utf-8"),
        Path(__file__).read_text(encoding="utf-8"),
        importlib.metadata.version("apache-superset"),
        admin,
        password,
    ):
        digest.update(hashlib.sha256(part.encode()).digest())
    return digest.hexdigest()


# --- what stands --------------------------------------------------------------------------------------------------
def connect(metadata_uri: str) -> psycopg2.extensions.connection:
    """Open Superset's own database and hold the lock until the connection closes."""
    scheme, separator, rest = metadata_uri.partition("://")
    if scheme.partition("+")[0] not in {"postgresql", "postgres"} or not separator:
        raise AssetError(f"SUPERSET_METADATA_URI must be a PostgreSQL URI, not {scheme!r}")
    try:
        connection = psycopg2.connect(f"postgresql://{rest}", connect_timeout=10)
    except psycopg2.OperationalError as error:
        raise AssetError(f"cannot connect to SUPERSET_METADATA_URI: {error}") from error
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [LOCK])
    return connection


def standing_state(connection: psycopg2.extensions.connection, *, admin: str) -> str:
    """Return a hash over our objects as they stand: it moves when somebody changes or deletes one through the API."""
    rows: list[Any] = []
    with connection.cursor() as cursor:
        for table in ("dbs", "tables", "slices", "dashboards"):
            statement = "select uuid::text, changed_on::text from {} where is_managed_externally order by 1"
            cursor.execute(sql.SQL(statement).format(sql.Identifier(table)))
            rows += cursor.fetchall()
        for table in ("table_columns", "sql_metrics"):
            statement = """
                select part.uuid::text, part.changed_on::text from {} as part
                inner join tables on part.table_id = tables.id where tables.is_managed_externally order by 1"""
            cursor.execute(sql.SQL(statement).format(sql.Identifier(table)))
            rows += cursor.fetchall()
        cursor.execute("""
            select link.dashboard_id, link.slice_id from dashboard_slices as link
            inner join dashboards on link.dashboard_id = dashboards.id where is_managed_externally order by 1, 2""")
        rows += cursor.fetchall()
        cursor.execute("select username, password, active from ab_user where username = %s", [admin])
        rows += cursor.fetchall()
        cursor.execute("select version_num from alembic_version")
        rows += cursor.fetchall()
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def is_applied(connection: psycopg2.extensions.connection, *, inputs: str, admin: str) -> bool:
    """Return whether these inputs were applied to this database and nothing of ours has changed since."""
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('tetra_applied_assets') is not null")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("select inputs, state from tetra_applied_assets")
        return cursor.fetchone() == (inputs, standing_state(connection, admin=admin))


def record_applied(connection: psycopg2.extensions.connection, *, inputs: str, admin: str) -> None:
    """Keep what ``is_applied`` compares with."""
    with connection.cursor() as cursor:
        cursor.execute("create table if not exists tetra_applied_assets (inputs text not null, state text not null)")
        cursor.execute(
            "with gone as (delete from tetra_applied_assets) insert into tetra_applied_assets values (%s, %s)",
            [inputs, standing_state(connection, admin=admin)],
        )


# --- making it so -------------------------------------------------------------------------------------------------
def apply(assets: dict[str, str], *, admin: str, password: str) -> None:
    """Do everything, in this process."""
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        import flask_migrate
        from superset.extensions import appbuilder, security_manager
        from superset.utils.core import override_user

        from superset import db

        print("superset: schema", flush=True, file=sys.__stdout__)
        flask_migrate.upgrade()
        print("superset: roles and administrator", flush=True, file=sys.__stdout__)
        appbuilder.add_permissions(update_perms=True)
        security_manager.sync_role_definitions()
        db.session.commit()
        ensure_administrator(security_manager, admin=admin, password=password)
        print("superset: dashboards", flush=True, file=sys.__stdout__)
        with override_user(security_manager.find_user(admin)):
            replace_assets(assets)


def ensure_administrator(security_manager: Any, *, admin: str, password: str) -> None:
    """Create the administrator, or bring password and standing in step."""
    from werkzeug.security import check_password_hash

    role = security_manager.find_role("Admin")
    user = security_manager.find_user(admin)
    if user is None:
        user = security_manager.add_user(admin, "Tetra", "Administrator", f"{admin}@tetra.example", role, password)
        if not user:
            raise AssetError(f"Superset would not create the user {admin!r}; its log above says why")
        return
    if not check_password_hash(user.password, password):
        security_manager.reset_password(user.id, password)
    if not user.active or role not in user.roles:
        user.active, user.roles = True, [*user.roles, role]
        security_manager.update_user(user)


def replace_assets(assets: dict[str, str]) -> None:
    """Remove what git no longer has and import what it has, in one transaction."""
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.utils.decorators import transaction

    @transaction(on_error=None)
    def replace() -> None:
        prune({name: yaml.safe_load(text) for name, text in assets.items()})
        ImportAssetsCommand(dict(assets)).run()

    replace()


def prune(trees: dict[str, dict[str, Any]]) -> None:
    """Delete dashboards, charts and datasets that are marked as managed here and that git no longer has.

    A dataset on which somebody built a chart of their own stays, and says so.
    """
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    from superset import db

    for folder, model in (("dashboards", Dashboard), ("charts", Slice), ("datasets", SqlaTable)):
        wanted = uuids_in(trees, folder)
        for item in db.session.query(model).filter(model.is_managed_externally.is_(True)):
            if str(item.uuid) in wanted:
                continue
            users = db.session.query(Slice).filter_by(datasource_id=item.id, datasource_type="table")
            if model is SqlaTable and users.first():
                print(f"superset: keeping dataset {item}: a chart made by hand uses it", file=sys.__stdout__)
                continue
            print(f"superset: removing from {folder}: {item}", file=sys.__stdout__)
            db.session.delete(item)
        db.session.flush()


def main() -> int:
    """Apply what is not applied yet; return the exit status."""
    try:
        required("SUPERSET_CONFIG_PATH")
        required("SUPERSET_HOME")
        admin = os.environ.get("SUPERSET_ADMIN_USERNAME", "admin")
        password = required("SUPERSET_ADMIN_PASSWORD")
        assets = load_assets(ASSETS, uri=warehouse_uri(required("TETRA_READER_URL")))
        inputs = hash_inputs(assets, admin=admin, password=password)
        with contextlib.closing(connect(required("SUPERSET_METADATA_URI"))) as connection:
            if is_applied(connection, inputs=inputs, admin=admin):
                print("superset: unchanged")
                return 0
            Path(required("SUPERSET_HOME")).mkdir(parents=True, exist_ok=True)
            with contextlib.redirect_stdout(sys.stderr):  # Superset announces its configuration on stdout
                apply(assets, admin=admin, password=password)
            record_applied(connection, inputs=inputs, admin=admin)
    except AssetError as error:
        print(f"superset: {error}", file=sys.stderr)
        return 1
    except Exception as error:  # whatever the cause is, it belongs on the last line
        logging.getLogger(__name__).exception("could not apply %s", ASSETS)
        messages = getattr(error, "normalized_messages", None)
        print(f"superset: applying failed: {messages() if messages else repr(error)}", file=sys.stderr)
        return 1
    print(f"superset: applied {len(assets)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
