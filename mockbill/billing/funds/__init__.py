"""Money that leaves the account's balance for its bank, and money that comes from there."""
