"""What pages and apps of a shop are given: keys and sessions of a customer, domains, payment methods on offer."""
