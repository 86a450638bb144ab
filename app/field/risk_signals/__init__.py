"""Risk signals: explainable doubts about check-ins and orders, for a person to review (V6).

Words: a *signal* has a rule, a subject, the evidence, a sentence that explains it, and a reviewer's outcome; it is
*withdrawn* where later facts took the doubt away. A signal never costs points by itself. Owns `risk_signals`.
"""
