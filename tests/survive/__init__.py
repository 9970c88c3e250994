"""Kills the relay at random moments, and takes its disk, its files and its clock from it; a checker judges the rest."""
