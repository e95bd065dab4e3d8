"""The embedded stack: PostgreSQL, Kafka, Zipkin and the rest, from Python packages alone."""
