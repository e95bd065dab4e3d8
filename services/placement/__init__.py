"""The placement deputy: agencies and their locks, workers, placements, sanction files."""
