"""What each ordered failure does, one file per way of going wrong; `faults.py` decides when."""
