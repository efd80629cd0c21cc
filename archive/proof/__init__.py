"""What an outsider needs to check us: stdlib and cryptography only, imports nothing else of ours."""
