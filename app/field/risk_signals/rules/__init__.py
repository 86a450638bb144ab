"""The rules of V6, pure functions of field events."""
