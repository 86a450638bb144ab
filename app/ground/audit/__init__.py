"""Who changed what, when, from what and to what: masters, terms, people, workdays, clients and devices.

Words: an *entry* says what one record was before a change and what it is after it, the members that changed alone; its
*author* is who did it, and by which door. What a record was at an earlier moment follows from the entries after it.
Entries are never changed and never deleted. Secrets and hashes of passwords stand in none. Owns `audit_entries`.
"""
