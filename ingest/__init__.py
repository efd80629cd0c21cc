"""From a docking station or room into the archive."""
