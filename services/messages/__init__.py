"""Messages to people: one outbox, and the safe contact plan that says what may leave, and when."""
