"""The protection deputy: offered matters, cases, mediation, commitments, results."""
