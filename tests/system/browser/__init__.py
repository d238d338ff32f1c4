"""Airflow's UI in a real browser, as people see it."""
