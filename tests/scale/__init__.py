"""What the relay costs and what breaks first, by the number of households: a simulation without any of them."""
