"""Create index members."""

from tetra.database.migrations import execute_file

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    execute_file("0014_create_index_members.up.sql")


def downgrade() -> None:
    execute_file("0014_create_index_members.down.sql")
