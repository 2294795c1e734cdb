"""Credit notes: an invoice that was finalized is lowered before it is paid, or given back after (2.14, 3.17)."""
