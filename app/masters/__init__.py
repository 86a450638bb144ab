"""Master data: territories with their calendars and reps, who may call, outlets with their terms, the catalogue."""
