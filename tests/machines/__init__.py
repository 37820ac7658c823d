"""Several servers and writers on one PostgreSQL."""
