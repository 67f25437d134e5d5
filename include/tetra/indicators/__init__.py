"""Technical indicators: causal, compiled, on arrays of shape (n_series, n_bars), one series per row.

- **Causal:** the value at bar t uses bars up to t only, and is the same to the bit whatever follows.
- **Missing bars** (NaN) are skipped: an indicator is that of the series without them, and NaN on the
  missing bar itself. So one gap does not blank the fifty bars after it, and a lag of 20 means 20 bars of
  the series' own. A bar that lacks one of the inputs of an indicator is missing for it. ``own_bars`` does
  this for all of them: the kernels see rows without gaps.
- **Not ready yet** is NaN.
- Equal to TA-Lib to 1e-9 where TA-Lib has the indicator; a difference is named in the docstring.
- **One core:** kernels are serial and release the interpreter lock, so a caller may run threads over rows.
- **Stand-alone kernels:** a kernel calls no compiled function of another module, because numba's cache on
  disk would not notice a change there; modules combine kernels in plain Python.
"""
