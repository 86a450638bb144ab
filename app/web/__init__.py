"""What every route shares: problems, access, transactions, pagination, versions, request logs, health, the OpenAPI document."""
