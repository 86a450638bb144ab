"""The sentences that the API says in English, in the console's other languages."""
