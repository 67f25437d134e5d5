"""Great Expectations suites, one module per landed table, and the runner that judges a slice with one of them."""
