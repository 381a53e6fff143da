"""What the clients are asked to sign. `make(rng, name)` of each module gives one request and the conditions around it."""
