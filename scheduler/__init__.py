"""The scheduler process: closes due days, expires call tasks, finalises penalties, keeps partitions ahead.

Its modules: `jobs` (what runs when), `runner` (leadership, one transaction a job), `due_days` (what is to be closed).
"""
