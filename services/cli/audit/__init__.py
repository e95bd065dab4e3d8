"""`estafet audit`: do all accounts balance, by cut, while traffic flows."""
