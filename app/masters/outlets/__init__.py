"""Outlets: the places that are visited, where they are, and on what terms.

Words: an *outlet location* is one version of the coordinates with their fence, a circle or a polygon (V4: versions are
only added); *outlet terms* are the working terms (M1), versioned too; a *location proposal* is a rep's or the system's
wish for a new version, for a supervisor to decide; a *departure* is an outlet that left a territory. Owns `outlets`,
`outlet_locations`, `outlet_terms`, `channel_terms`, `location_proposals`, `outlet_departures`.
"""
