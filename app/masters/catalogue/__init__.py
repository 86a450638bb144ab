"""What is sold: products, prices and stock.

Words: a *product* is ordered in multiples of its pack; a *price* holds for a channel of outlets or for one outlet, from
a day to a day, and beats the product's list price; *stock* is what a warehouse had at a moment. Owns `products`,
`prices`, `stock`.
"""
