"""Create walk-forward results."""

from tetra.database.migrations import execute_file

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    execute_file("0016_create_walk_forward.up.sql")


def downgrade() -> None:
    execute_file("0016_create_walk_forward.down.sql")
