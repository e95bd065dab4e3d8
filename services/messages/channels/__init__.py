"""The channels by which messages leave, behind one protocol (`outlet`)."""
