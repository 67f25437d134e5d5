"""A database of its own for the dbt tests, so that what other tests land is neither read nor judged here."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from tests.dbt.real_closes import add_instruments

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
DATABASE = "tetra_dbt_tests"


@dataclass(frozen=True)
class Outcome:
    """What a dbt command said."""

    returncode: int
    output: str
    statuses: dict[str, str]
    """Status by node name, from run_results.json; empty when dbt stopped before running anything."""

    def not_passed(self) -> dict[str, str]:
        return {name: status for name, status in self.statuses.items() if status not in {"pass", "success"}}


@dataclass(frozen=True)
class Dbt:
    """The project on the tests' own database, through the command line.

    Each command is a process, forked from this one: dbt is imported once and not two seconds long for each.
    """

    owner_url: str
    reader_url: str
    work: Path

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.owner_url, autocommit=True)

    def __call__(self, *arguments: str, **variables: object) -> Outcome:
        parts = urlsplit(self.owner_url)
        environment = {}
        if set(variables) == {"as_of"}:
            # as the pipelines give it: as a variable, each new date would have the whole project parsed again
            environment["TETRA_DBT_AS_OF"] = str(variables.pop("as_of"))
        results = self.work / "target" / "run_results.json"
        results.unlink(missing_ok=True)
        command = [
            "--no-use-colors",
            *arguments,
            "--project-dir",
            str(PROJECT),
            "--profiles-dir",
            str(PROJECT),
            "--target-path",
            str(self.work / "target"),
            "--log-path",
            str(self.work / "logs"),
            "--vars",
            json.dumps(variables),
        ]
        environment |= {
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "TETRA_DBT_HOST": str(parts.hostname),
            "TETRA_DBT_PORT": str(parts.port),
            "TETRA_DBT_DATABASE": DATABASE,
            "TETRA_DBT_USER": str(parts.username),
            "TETRA_DBT_PASSWORD": str(parts.password),
        }
        from dbt.cli.main import cli

        self.work.mkdir(exist_ok=True)
        said = self.work / "said.txt"
        process = multiprocessing.get_context("fork").Process(
            target=_command_line, args=(cli, command, environment, said)
        )
        process.start()
        process.join()
        assert process.exitcode is not None
        statuses = {}
        if results.exists():
            for result in json.loads(results.read_text())["results"]:
                statuses[result["unique_id"].split(".")[2]] = result["status"]
        return Outcome(process.exitcode, said.read_text(encoding="utf-8"), statuses)

    def build(self, layer: str, as_of: str, **variables: object) -> None:
        """Build a layer and insist that every model, seed and test passes."""
        outcome = self("build", "--select", f"tag:{layer}", as_of=as_of, **variables)
        assert outcome.returncode == 0, outcome.output
        assert outcome.statuses
        assert not outcome.not_passed()


def _command_line(
    cli: Callable[[Sequence[str]], Any], arguments: Sequence[str], environment: Mapping[str, str], said: Path
) -> None:
    """Run dbt as its command does, all that it says going to a file."""
    os.environ.update(environment)
    with said.open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        sys.stdout = sys.stderr = file
        cli(arguments)


@pytest.fixture(scope="module")
def dbt(warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    """dbt on a database of the embedded server that is empty for each module, and migrated."""
    from tetra.database import migrations

    name = sql.Identifier(DATABASE)
    urls = {
        role: warehouse.server.url_for(role=f"tetra_{role}", password=warehouse.passwords[role], database=DATABASE)
        for role in ("owner", "reader")
    }
    with psycopg.connect(warehouse.server.url, autocommit=True) as administrator:
        administrator.execute(sql.SQL("create database {} owner tetra_owner template template0").format(name))
        administrator.execute(sql.SQL("grant connect on database {} to tetra_reader").format(name))
        migrations.upgrade(urls["owner"])
        # one folder for all modules, so that the project is parsed once
        yield Dbt(urls["owner"], urls["reader"], tmp_path_factory.getbasetemp() / "dbt")
        administrator.execute(sql.SQL("drop database {} with (force)").format(name))


@pytest.fixture(scope="module")
def instruments(dbt: Dbt) -> None:
    """The instruments that the tests land bars of."""
    with dbt.connect() as connection:
        stocks = dict.fromkeys(("AAPL", "AAPL.RAW", "AAPL.SPLIT", "JPM"), "stock")
        add_instruments(connection, {**stocks, "WTI": "commodity", "BTC-USD": "crypto"})
