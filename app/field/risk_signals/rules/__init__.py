"""The rules of V6, one file each by its name: pure functions. `registry` says what each of them looks at."""
