"""Create rollups."""

from tetra.database.migrations import execute_file

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    execute_file("0010_create_rollups.up.sql")


def downgrade() -> None:
    execute_file("0010_create_rollups.down.sql")
