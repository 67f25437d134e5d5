"""Trading rules: from prices to target weights. One file per strategy; ``strategies.yaml`` registers them by name.

To add one: a file with a frozen dataclass (copy ``sma_cross.py``) and a line in ``include/config/strategies.yaml``.
"""
