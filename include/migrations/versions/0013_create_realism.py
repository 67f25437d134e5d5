"""Create realism."""

from tetra.database.migrations import execute_file

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    execute_file("0013_create_realism.up.sql")


def downgrade() -> None:
    execute_file("0013_create_realism.down.sql")
