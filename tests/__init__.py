"""The tests. Nothing is loaded here: processes that tests start name their functions by modules of this package."""
