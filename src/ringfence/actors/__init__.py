"""Pure machines, one per role and stage; `io` is the whole surface between them and the world."""
