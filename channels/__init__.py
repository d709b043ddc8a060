"""Ways a message gets in; each owns its wire format and yields facts, never decisions about leads."""
