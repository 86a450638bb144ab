"""How records come in and go out: handhelds, mail, the call centre, imports."""
