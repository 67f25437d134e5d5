"""The backtest: from prices and target weights to fills, costs, equity and metrics; ``runner`` ties it to storage.

The rules, in the order in which they act on a bar (``engine`` is the public call, ``kernel`` its compiled form,
``twin`` the same rules in plain Python):

1. **Decision.** The target weight of bar t counts if bar t has a close; on a missing bar the last decision stands. NaN
   means flat.
2. **Order.** When the standing decision differs from the weight last ordered, an order goes out for the next bar.
   Between orders the units are held and the weight drifts with the price: nothing is rebalanced in silence.
3. **Fill.** On the next bar, at its open where it has one, else at its close. A missing bar fills nothing: the order
   waits, and a newer decision replaces it. At a price of zero or below no position is opened, enlarged or turned; it
   can only be closed.
4. **Size.** The position is sized so that its value is the target weight times the equity left **after** the costs of
   the fill. Commission and half-spread are fractions of the traded value, times that day's multipliers.
5. **Mark.** Equity is marked at every close; on a missing bar it stays as it was. Equity at or below zero ends the
   account: the position is closed, equity is 0 and the return -1; losses beyond capital are not counted.
6. **Window.** The account starts with capital 1 before the first bar of the window, which is the first peak. Warm-up
   bars decide but hold nothing: the decision of the last warm-up bar is filled on the first bar of the window. Only
   window bars are counted.
7. **Trade.** From the fill that opens a position to the one that closes or turns it; changes in size belong to it. Its
   return is equity after over equity before, costs included. A position open at the end is marked in equity but is no
   trade.
8. **Buy and hold** is weight 1 under the same rules without costs, on the same series and window: the reference of
   ``excess_return`` and ``beta``.
"""
