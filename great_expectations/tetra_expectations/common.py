"""Expectations that the suites of landed tables have in common; each suite states its own reasons."""

from __future__ import annotations

from collections.abc import Iterable

import great_expectations as gx
from great_expectations import expectations as gxe
from great_expectations.expectations.metadata_types import FailureSeverity

CRITICAL = FailureSeverity.CRITICAL
"""What cannot be true: the verdict is FAIL, and the chain stops."""

WARNING = FailureSeverity.WARNING
"""What may be true and should be looked at: the verdict is WARN."""


def shape(columns: Iterable[str]) -> list[gxe.Expectation]:
    """Return that the columns are there, and that there is something to judge."""
    return [
        gxe.ExpectTableColumnsToMatchSet(
            column_set=list(columns),
            exact_match=False,
            severity=CRITICAL,
            notes="Domain: without one of these columns a check below would look at nothing.",
        ),
        gxe.ExpectTableRowCountToBeBetween(
            min_value=1, severity=CRITICAL, notes="Domain: a gate never passes on nothing."
        ),
    ]


def grain(columns: Iterable[str], notes: str) -> gxe.Expectation:
    """Return that no two rows have one key."""
    names = list(columns)
    if len(names) == 1:
        return gxe.ExpectColumnValuesToBeUnique(column=names[0], severity=CRITICAL, notes=notes)
    return gxe.ExpectCompoundColumnsToBeUnique(column_list=names, severity=CRITICAL, notes=notes)


def present(column: str, notes: str, *, severity: FailureSeverity = CRITICAL) -> gxe.Expectation:
    """Return that no row lacks a value."""
    return gxe.ExpectColumnValuesToNotBeNull(column=column, severity=severity, notes=notes)


def absent(column: str, notes: str, *, severity: FailureSeverity = WARNING) -> gxe.Expectation:
    """Return that no row has a value: the column holds what is wrong with a row, and nothing where nothing is."""
    return gxe.ExpectColumnValuesToBeNull(column=column, severity=severity, notes=notes)


def always(column: str, value: object, notes: str, *, severity: FailureSeverity = CRITICAL) -> gxe.Expectation:
    """Return that every row has this value."""
    return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=[value], severity=severity, notes=notes)


def among(column: str, values: Iterable[str], notes: str, *, severity: FailureSeverity = CRITICAL) -> gxe.Expectation:
    """Return that every value is one of these."""
    return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=sorted(values), severity=severity, notes=notes)


def at_most(column: str, largest: float, notes: str, *, severity: FailureSeverity = WARNING) -> gxe.Expectation:
    """Return that no value is larger."""
    return gxe.ExpectColumnValuesToBeBetween(column=column, max_value=largest, severity=severity, notes=notes)


def not_before(later: str, earlier: str, notes: str) -> gxe.Expectation:
    """Return that one date is not before another, where both are known."""
    return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=later,
        column_B=earlier,
        or_equal=True,
        ignore_row_if="either_value_is_missing",
        severity=CRITICAL,
        notes=notes,
    )


def holds_all(column: str, parameter: str, notes: str) -> gxe.Expectation:
    """Return that each value of a parameter's list occurs."""
    return gxe.ExpectColumnDistinctValuesToContainSet(
        column=column, value_set={"$PARAMETER": parameter}, severity=WARNING, notes=notes
    )


def suite(name: str, expectations: Iterable[gxe.Expectation], notes: str) -> gx.ExpectationSuite:
    """Return a suite."""
    return gx.ExpectationSuite(name=name, expectations=list(expectations), notes=notes)
