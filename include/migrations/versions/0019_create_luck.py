"""Create luck."""

from tetra.database.migrations import execute_file

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    execute_file("0019_create_luck.up.sql")


def downgrade() -> None:
    execute_file("0019_create_luck.down.sql")
