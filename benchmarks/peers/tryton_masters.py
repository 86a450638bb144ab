"""Run by Tryton's own Python: a company with its chart of accounts, products, parties and users, by Tryton's models.

Prints the ids that a client has at hand when it sends a sale.
"""

import json
import sys
from datetime import UTC, datetime
from decimal import Decimal

from proteus import Model
from proteus.config import set_trytond
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, create_tax, get_accounts
from trytond.modules.account_invoice.tests.tools import create_payment_term, set_fiscalyear_invoice_sequences
from trytond.modules.company.tests.tools import create_company, get_company


def main(uri: str, password: str, reps: int, outlets: int, products: int) -> None:
    """Fill a database into which the module `sale` was installed."""
    config = set_trytond(uri)
    create_company(currency="EUR")
    company = get_company()
    create_chart(company)
    today = datetime.now(tz=UTC).date()
    set_fiscalyear_invoice_sequences(create_fiscalyear(company, today)).click("create_period")
    tax = create_tax(Decimal("0.24"), company)
    tax.save()
    payment_term = create_payment_term()
    payment_term.save()
    unit, product_ids = _products(tax, products)
    _users(company, password, reps)
    parties = [Model.get("party.party")(name=f"Outlet {n}", code=f"O{n}") for n in range(1, outlets + 1)]
    Model.get("party.party").save(parties)
    (warehouse,) = Model.get("stock.location").find([("type", "=", "warehouse")])
    print(
        json.dumps(
            {
                "company": company.id,
                "currency": company.currency.id,
                "payment_term": payment_term.id,
                "warehouse": warehouse.id,
                "tax": tax.id,
                "unit": unit,
                "products": product_ids,
                "parties": [[party.id, party.addresses[0].id] for party in parties],
                "language": config.context.get("language", "en"),
            }
        )
    )


def _products(tax: Model, number: int) -> tuple[int, list[int]]:
    """The unit and the ids of so many goods with a list price, accounts and the tax."""
    accounts = get_accounts()
    category = Model.get("product.category")(name="goods", accounting=True)
    category.account_expense, category.account_revenue = accounts["expense"], accounts["revenue"]
    category.customer_taxes.append(tax)
    category.save()
    (unit,) = Model.get("product.uom").find([("name", "=", "Unit")])
    templates = []
    for n in range(1, number + 1):
        template = Model.get("product.template")(name=f"Product {n}", type="goods", salable=True)
        template.default_uom, template.account_category = unit, category
        template.list_price = 1 + n * Decimal("0.01")
        templates.append(template)
    Model.get("product.template").save(templates)
    return unit.id, [template.products[0].id for template in templates]


def _users(company: Model, password: str, number: int) -> None:
    """So many users who may sell, and no more."""
    (group,) = Model.get("res.group").find([("name", "=", "Sales")])
    for n in range(1, number + 1):
        user = Model.get("res.user")(name=f"Rep {n}", login=f"R{n}", password=password)
        user.groups.append(Model.get("res.group")(group.id))
        user.companies.append(Model.get("company.company")(company.id))
        user.company = company
        user.save()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *(int(size) for size in sys.argv[3:]))
