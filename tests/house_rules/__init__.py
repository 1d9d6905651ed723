"""What `tests/house.py` counts, a module for each kind of rule."""
