"""The read side: journeys, the custody ledger, honest figures, folded from every topic."""
