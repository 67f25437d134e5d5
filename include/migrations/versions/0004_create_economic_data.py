"""Create economic data."""

from tetra.database.migrations import execute_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    execute_file("0004_create_economic_data.up.sql")


def downgrade() -> None:
    execute_file("0004_create_economic_data.down.sql")
