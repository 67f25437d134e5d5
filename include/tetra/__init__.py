"""Tetra's domain: plain Python that never imports Airflow (DESIGN section 2 of the house)."""
