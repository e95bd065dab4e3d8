"""`make bench`: what the relay costs, beside what a user would pick instead. Never a timed test."""
