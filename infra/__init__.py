"""What Estafet runs on: the embedded stack and the development token issuer."""
