"""The billing portal: what customers may do there by themselves, their visits, and what they do (2.17, 3.20, 6.2)."""
