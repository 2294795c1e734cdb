"""Payment links: addresses that open a new checkout session for everybody who visits them."""
