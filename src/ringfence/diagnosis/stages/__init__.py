"""How each stage of the procedure is judged from what was seen."""
