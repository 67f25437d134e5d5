"""Create schemas."""

from tetra.database.migrations import execute_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    execute_file("0001_create_schemas.up.sql")


def downgrade() -> None:
    execute_file("0001_create_schemas.down.sql")
