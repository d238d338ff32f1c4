"""Shared by all endpoints: versions, errors, pages, and what a handler asks FastAPI for."""
