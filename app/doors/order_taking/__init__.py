"""Taking orders: placed, amended and cancelled through whatever door, with everything that follows, once (decision 35).

A door reads what came and says who sent it; the rest is done here, in one order: the cutoff's barrier is entered (T5),
the form judged, its id claimed (O3), the record written, and then what follows from it: the table in `consequences`.
Check-ins and no-order reports of handhelds come the same way, for they follow the same steps and weigh on the same
orders. Owns no table.
"""
