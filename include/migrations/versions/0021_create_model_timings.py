"""Create model timings."""

from tetra.database.migrations import execute_file

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    execute_file("0021_create_model_timings.up.sql")


def downgrade() -> None:
    execute_file("0021_create_model_timings.down.sql")
