"""What every route shares: problems, access, transactions, paging, versions, logs, health, the OpenAPI document."""
