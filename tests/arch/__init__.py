"""What holds the house together: contracts, copies, budgets."""
