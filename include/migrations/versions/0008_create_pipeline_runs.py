"""Create pipeline runs."""

from tetra.database.migrations import execute_file

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    execute_file("0008_create_pipeline_runs.up.sql")


def downgrade() -> None:
    execute_file("0008_create_pipeline_runs.down.sql")
