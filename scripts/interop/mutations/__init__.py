"""One change to a signed request. Each function takes (rng, case) and gives the changed case, or None where it does not apply."""
