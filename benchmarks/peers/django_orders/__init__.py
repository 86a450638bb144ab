"""What a team would write itself with Django REST framework: orders with their lines, a token for each rep."""
