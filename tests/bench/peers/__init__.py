"""What a good engineer would write by hand, or take from the shelf, for the same work."""
