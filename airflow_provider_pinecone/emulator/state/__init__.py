"""The project and the SQLite file it is kept in."""
