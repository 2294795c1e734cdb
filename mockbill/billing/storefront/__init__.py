"""What the pages and apps of a shop are given: keys and sessions of a customer, registered domains, shipping rates."""
