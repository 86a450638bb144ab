"""Compliance: visits as they stand, and the KPIs over them, each with its numerator and denominator. Owns no table."""
