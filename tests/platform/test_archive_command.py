"""`tetra archive restore` from the command line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from tetra.cli import main
from tetra.data.archive import archive


@pytest.mark.postgres
def test_archived_rows_come_back_by_command(warehouse: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TETRA_WRITER_URL", warehouse.url("writer"))
    with psycopg.connect(warehouse.url("writer"), autocommit=True) as connection:
        connection.execute(
            "insert into news.articles (article_id, headline, published_on, source)"
            " values ('CLI-1', 'Old', '1901-01-01', 's')"
        )
        try:
            options: dict[str, Any] = {"table": "news.articles", "before": date(1902, 1, 1), "url": str(tmp_path)}
            assert archive(connection, dry_run=False, delete=True, **options).records == 1
            command = ["archive", "restore", "--table", "news.articles", "--url", str(tmp_path)]
            result = CliRunner().invoke(main, [*command, "--folder", "year=1901"])
            assert result.output == "1 of 1 rows in 3 files were missing and are back\n", result.output
            missing = CliRunner().invoke(main, [*command, "--folder", "year=1900"])
            assert "the archive has no year=1900 of news.articles" in missing.output
        finally:
            connection.execute("delete from news.articles where article_id = 'CLI-1'")
