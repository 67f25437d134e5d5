"""Create sessions built."""

from tetra.database.migrations import execute_file

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    execute_file("0022_create_sessions_built.up.sql")


def downgrade() -> None:
    execute_file("0022_create_sessions_built.down.sql")
