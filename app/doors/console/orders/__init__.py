"""Orders, what came of them and what went back: searched, read with every version, decided who answers."""
