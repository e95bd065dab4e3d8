"""Early warning: statistics on any table of weekly counts, with nothing running.

docs/early-warning.md says what each method is, what equals R `surveillance` 1.20 and what does not.
Shapes: S streams, T weeks, N scored weeks. A count of NaN is a week before the stream was born.
Nothing of the service imports this package yet, and no process does when it starts: it brings numpy
and scipy (docs/decisions/0025).
"""
