"""Who calls: staff, integration clients and devices, and the tokens that prove it.

Words: a *user* is a member of staff with a role; a *client* is another program with scopes; a *device* is a handheld
bound to one rep by an *enrolment code*; a *refresh family* is one login, whose refresh tokens follow one another. Owns
`users`, `user_territories`, `clients`, `enrolment_codes`, `devices`, `refresh_families`, `login_paces`,
`login_places`, `second_factors`, `oidc_bindings`.
"""
