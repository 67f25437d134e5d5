"""Create indicator averages."""

from tetra.database.migrations import execute_file

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    execute_file("0020_create_indicator_averages.up.sql")


def downgrade() -> None:
    execute_file("0020_create_indicator_averages.down.sql")
