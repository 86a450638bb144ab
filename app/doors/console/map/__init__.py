"""The map: outlets by how their day stands, routes as planned, tracks as driven, check-ins with their verdicts."""
