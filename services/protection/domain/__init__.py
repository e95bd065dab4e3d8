"""Protection's rules: no clock, SQL, gRPC or ids."""
