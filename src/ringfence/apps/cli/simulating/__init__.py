"""`ringfence simulate`: what a person writes of a scenario, and what is shown of a run."""
