"""The scopes of integration clients. Defined beside the roles, below every domain that guards a route with one."""

from app.web.access import Scope

__all__ = ["Scope"]
