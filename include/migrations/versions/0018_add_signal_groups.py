"""Add signal groups."""

from tetra.database.migrations import execute_file

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    execute_file("0018_add_signal_groups.up.sql")


def downgrade() -> None:
    execute_file("0018_add_signal_groups.down.sql")
