"""Routes: how long it takes to drive, and in which order a day's stops are best made.

Words: a *place* is a point on the map; *travel times* are the seconds and metres between places; a *day* is what is to
be done by one rep within working hours; a *route* is the order in which it is done, with its times. Times of day are
seconds since local midnight. Knows neither outlets nor visits, owns no tables, and decides nothing about plans.
"""
