"""What happens to a call: it is validated, built, sent as often as it takes, and its result read."""
