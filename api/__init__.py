"""Everything a person or a machine touches; the composition root."""
