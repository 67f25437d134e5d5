"""Create backtest."""

from tetra.database.migrations import execute_file

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    execute_file("0007_create_backtest.up.sql")


def downgrade() -> None:
    execute_file("0007_create_backtest.down.sql")
