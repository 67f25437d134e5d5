"""Create timescale functions."""

from tetra.database.migrations import execute_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    execute_file("0002_create_timescale_functions.up.sql")


def downgrade() -> None:
    execute_file("0002_create_timescale_functions.down.sql")
