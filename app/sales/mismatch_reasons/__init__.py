"""Why a delivery is not what was ordered, or why goods come back: a catalogue, each with who answers for it (D3, D4).

Words: a *reason* is for deliveries or for returns; its *party* answers unless a person decides otherwise. Owns
`mismatch_reasons`.
"""
