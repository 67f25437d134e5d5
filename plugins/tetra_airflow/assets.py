"""Every asset of Tetra, declared once: producers name them in ``outlets``, consumers in ``schedule``.

All are partitioned by the as-of session date (``2024-06-28``), exchange-local.
"""

from airflow.sdk import Asset

MARKET_DATA = Asset(name="market_data", uri="tetra://warehouse/market_data", group="tetra")
SCENARIOS = Asset(name="scenarios", uri="tetra://warehouse/scenarios", group="tetra")
DERIVED_METRICS = Asset(name="derived_metrics", uri="tetra://warehouse/derived", group="tetra")
ASSESSMENT = Asset(name="assessment", uri="tetra://warehouse/assessment", group="tetra")
