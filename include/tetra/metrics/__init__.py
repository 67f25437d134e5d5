"""Performance metrics as pure kernels on arrays of simple returns: arrays in, arrays out.

Returns are simple, per period, as fractions (0.01 is 1 %), oldest first, shape (n_periods,) or (n_periods,
n_assets): time is axis 0. A metric of one series is a NumPy scalar, of several an array of shape (n_assets,).

Awkward cases, decided here once:

- **NaN or infinity in the input raises** ``DataError`` naming the first such period.
- **Fewer than two periods** give NaN for every annualised figure, ratio and moment. Totals and drawdowns
  are defined for any number of periods: of none, the total return and the drawdown are 0.
- **No volatility gives NaN**, never infinity, and nothing is added to a denominator. Returns are ratios
  minus one, exact to about 2e-16, so a deviation (or drawdown, or benchmark deviation) below ``ROUNDING``
  is rounding and counts as none.
"""
