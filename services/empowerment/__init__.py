"""The empowerment deputy: returnees, their plans, programmes and outcomes."""
