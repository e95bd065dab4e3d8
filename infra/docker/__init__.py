"""Images, and what docker-compose.yml needs before it starts."""
