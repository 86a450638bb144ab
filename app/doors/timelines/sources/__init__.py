"""The statements that find items, a file for each part of the business. The registry says which type they are of."""
