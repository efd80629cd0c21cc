"""What is true about recordings and custody, and who may learn it."""
