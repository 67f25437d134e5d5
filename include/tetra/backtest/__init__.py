"""The backtest: from prices and target weights to fills, costs, equity and metrics; ``runner`` ties it to storage.

``api`` is the call a person makes, ``engine`` the one on arrays. These are the rules, in the order in which they act on
a bar (``account_kernel`` is their compiled form, ``single_kernel`` the short way for one instrument without gaps and
overlays, ``twin`` the same in plain Python). An **account** trades one instrument (kind single) or several at once (a
group of legs, a panel); a bar of the account is one on which any of them has a close.

1. **Decision.** The target weight of bar t counts if the instrument has a close on bar t; on a missing bar its last
   decision stands, as it does where a strategy says nothing (NaN) because the bar lacks another field that it reads.
   Any other NaN means flat.
2. **Order.** At a close of the account where any standing decision differs from the one last ordered, orders go out for
   **all** its instruments. Between orders the units are held and weights drift with prices: nothing is rebalanced in
   silence.
3. **Size.** Ordered is the decision times the multiple of ``overlays.Sizing``, judged at that close from returns up to
   it: the last ``lookback`` bars on which every instrument wanted has a return. A multiple that moved by more than its
   tolerance since the last order is a reason for an order too. ``max_position`` clips each weight after that.
4. **Fill.** Each instrument is filled on its own next bar, at its open where it has one, else at its close. A missing
   bar fills nothing: the order waits, and a newer one replaces it. At a price of zero or below no position is opened,
   enlarged or turned; it can only be closed.
5. **Costs.** What is filled together is sized so that each value is the ordered weight times the equity E left
   **after** the costs: E + rate * sum of abs(weight * E - value before) = equity before. Commission and half-spread are
   fractions of the traded value, times that day's multipliers. Instruments that are not filled count at the bar's open
   (else close), without a bar at their last close. Orders that together would cost more than they hold are an error. An
   instrument of several that has no bar any more (delisted) is sold at its last close on the account's next bar, with
   costs, and nothing is wanted of it from then on: others are not bought with what cannot be sold.
6. **Mark.** Equity is marked at every close; an instrument without a bar counts at its last close, an account without
   any bar that day stands still. Equity at or below zero ends the account: everything is closed, equity is 0 and the
   return -1; losses beyond capital are not counted.
7. **Interest.** Per bar of the account, on the balances of its previous close (starting capital before the first), a
   year's rate over ``periods_per_year``: ``borrow_bps`` is paid on the value of short positions, ``cash_bps`` earned on
   cash less that value, or paid where it is negative. It is in returns, not in ``costs_paid``.
8. **Trade.** From the fill that opens a position to the one that closes or turns it; changes in size belong to it. Of
   several instruments: from the first fill until none of them keeps its side through a fill. Its return is equity after
   over equity before, costs included. A position open at the end is marked in equity and listed, but not counted.
9. **Stops.** Of one instrument, against the price of the fill that opened the trade (``stop_loss``) or the best price
   since (``trailing_stop``: the high of a long, the low of a short, up to the **previous** bar, for the order of prices
   within a bar is not known). On a bar with open, high and low it is judged within the bar: closed at the stop, or at
   the open where that lies beyond it, the bar of the entry included if that was at the open. An order that leaves or
   turns the position at that open goes first. On other bars the close is judged and the position closed on the next
   bar, unless the decision of that close leaves or turns it. Of several instruments the account's equity is judged, at
   the close: against equity before the trade's first fill, or the best close since; all are closed on the next bar.
   After a stop the account stays flat until a decision of the strategy differs from those it was stopped with.
10. **Halt.** Once equity closes ``max_drawdown`` below its peak, all is closed on the next bar, for good.
11. **Window.** The account starts with capital 1, the first peak. Warm-up bars decide but hold nothing: the decision of
    the last one is filled on the first bar of the window. Only window bars are counted.
12. **Life.** An account lives from its first bar in the window (from the window's first bar where it had one before) to
    its last. Metrics are over that life: days before a listing and after a delisting are not returns of zero. Without a
    bar in the window there is no metric, and no trade.
13. **Buy and hold** is weight 1 under the same rules without costs, overlays and interest, on the same series and
    window; several instruments are bought in equal parts, which then drift, and are set equal anew only when one joins
    that had no bar before. It is the reference of ``excess_return`` and ``beta``.
"""
