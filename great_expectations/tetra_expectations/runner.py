"""Judges one slice with one suite, and says PASS, WARN or FAIL; Data Docs show the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import great_expectations as gx
import pandas as pd
from great_expectations.core import ExpectationValidationResult

from tetra.settings import state_dir
from tetra_expectations import (
    articles,
    corporate_actions,
    daily_returns,
    earnings,
    economic_events,
    examples,
    geopolitical_events,
    index_membership,
    macro_as_known,
    ohlcv,
    ohlcv_hourly,
    paths,
    project,
    rankings,
    releases,
    security_events,
    sentiment,
    technical_indicators,
)

Status = Literal["PASS", "WARN", "FAIL"]

_MODULES = (
    ohlcv,
    ohlcv_hourly,
    corporate_actions,
    index_membership,
    releases,
    articles,
    sentiment,
    earnings,
    economic_events,
    geopolitical_events,
    security_events,
    paths,
    daily_returns,
    technical_indicators,
    macro_as_known,
    rankings,
)

SUITES: Mapping[str, Callable[[], gx.ExpectationSuite]] = {module.NAME: module.build_suite for module in _MODULES}

LABELS: Mapping[str, tuple[str, ...]] = {module.NAME: module.LABELS for module in _MODULES}
"""Columns that name a row to a person: symbol and date."""

PARAMETERS = "suite_parameters"
"""Key in ``DataFrame.attrs`` of what a suite compares the slice with."""


@dataclass(frozen=True)
class FailedExpectation:
    """One expectation that the slice did not meet.

    Parameters
    ----------
    expectation : str
        Its type.
    column : str or None
        Column or columns it looks at; None for the table as a whole.
    severity : str
        ``critical`` or ``warning``.
    observed : str
        What was found.
    notes : str
        The reason for the bound.
    """

    expectation: str
    column: str | None
    severity: str
    observed: str
    notes: str


@dataclass(frozen=True)
class ValidationOutcome:
    """The verdict on a slice.

    Parameters
    ----------
    suite_name, slice_key : str
        What was judged, by which suite.
    as_of : date
        Of the run.
    run_id : str
        The Airflow run.
    status : str
        FAIL when a critical expectation failed or could not be judged, or there were no rows; else WARN when a
        warning did; else PASS.
    rows_checked, expectations_checked : int
    failed : tuple of FailedExpectation
        Critical ones first.
    """

    suite_name: str
    slice_key: str
    as_of: date
    run_id: str
    status: Status
    rows_checked: int
    expectations_checked: int
    failed: tuple[FailedExpectation, ...]

    def as_row(self) -> dict[str, Any]:
        """Return the columns of ``quality.validation_results``."""
        row = {name: value for name, value in vars(self).items() if name != "failed"}
        return {**row, "failed_expectations": [vars(failure) for failure in self.failed]}

    def summary(self) -> str:
        """Return one line on what failed."""
        return "; ".join(
            f"{failure.severity}: {failure.expectation}({failure.column or 'table'}) observed {failure.observed}"
            for failure in self.failed
        )


def validate(
    frame: pd.DataFrame,
    *,
    suite: str,
    slice_key: str,
    as_of: date,
    run_id: str,
    project_dir: Path | None = None,
) -> ValidationOutcome:
    """Judge a slice.

    Parameters
    ----------
    frame : DataFrame
        The slice, as ``tetra.data.validation.load_slice`` gives it.
    suite : str
        Name of a suite in :data:`SUITES`.
    slice_key : str
        Names the slice ("2015-06-01", "1990-01-02..2022-12-28"); a later verdict on it replaces this one.
    as_of : date
        Of the run.
    run_id : str
        Of the run.
    project_dir : Path, optional
        Where context and Data Docs live; default the state directory.

    Returns
    -------
    ValidationOutcome

    Raises
    ------
    KeyError
        If there is no such suite.
    """
    root = project_dir or state_dir()
    with project.open_context(root) as context:
        rendered = project.suites_to_render(root, suite, SUITES)
        registered = {name: context.suites.add(SUITES[name]()) for name in rendered}
        asset = context.data_sources.add_pandas("warehouse").add_dataframe_asset(suite)
        definition = gx.ValidationDefinition(
            name=suite, data=asset.add_batch_definition_whole_dataframe("slice"), suite=registered[suite]
        )
        project.forget_slice(root, suite, slice_key)
        result = context.validation_definitions.add(definition).run(
            batch_parameters={"dataframe": frame},
            expectation_parameters=dict(frame.attrs.get(PARAMETERS, {})),
            run_id=gx.RunIdentifier(run_name=project.run_name(slice_key)),
        )
        observed = [examples.describe(item, frame, LABELS[suite]) for item in result.results]
        project.show(context, root, result, suites=tuple(SUITES))
    failures = (_failure(*pair) for pair in zip(result.results, observed, strict=True) if not pair[0].success)
    failed = tuple(sorted(failures, key=lambda failure: failure.severity))
    return ValidationOutcome(
        suite_name=suite,
        slice_key=slice_key,
        as_of=as_of,
        run_id=run_id,
        status=_status(failed, rows=len(frame)),
        rows_checked=len(frame),
        expectations_checked=len(result.results),
        failed=failed,
    )


def _status(failed: tuple[FailedExpectation, ...], *, rows: int) -> Status:
    if rows == 0 or any(failure.severity == "critical" for failure in failed):
        return "FAIL"
    return "WARN" if failed else "PASS"


def _failure(item: ExpectationValidationResult, observed: str) -> FailedExpectation:
    configuration = item.expectation_config
    assert configuration is not None  # only a result of no expectation has none
    columns = configuration.kwargs.get("column") or configuration.kwargs.get("column_list")
    if columns is None and "column_A" in configuration.kwargs:
        columns = [configuration.kwargs["column_A"], configuration.kwargs["column_B"]]
    raised = item.exception_info and item.exception_info.get("raised_exception", True)
    # an expectation that could not be judged must not count as a mere warning
    severity = "critical" if raised else configuration.severity.value
    return FailedExpectation(
        expectation=configuration.type,
        column=", ".join(columns) if isinstance(columns, list) else columns,
        severity=severity,
        observed=observed if not raised else f"could not be judged: {_exception(item)}",
        notes=configuration.notes if isinstance(configuration.notes, str) else "",
    )


def _exception(item: ExpectationValidationResult) -> str:
    info = item.exception_info
    if "exception_message" in info:
        return str(info["exception_message"])
    return "; ".join(str(value.get("exception_message")) for value in info.values() if isinstance(value, dict))
