"""One client per vendor behind one interface."""
