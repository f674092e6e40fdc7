"""What an audit is made of."""
