"""How the service does, for whoever runs it: what would otherwise take the log and a shell. Owns no table.

It tells no secret: of settings what is unsafe about them, of errors what was written to be told.
"""
