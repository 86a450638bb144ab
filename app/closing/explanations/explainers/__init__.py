"""How each rule explains its entries: the sentences of one in one module, so that languages can be added."""
