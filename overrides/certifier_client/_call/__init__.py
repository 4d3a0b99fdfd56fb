"""How a call is made: validated, built, sent as often as it takes, and its response decoded."""
