"""The only files that know a product: object store, ffmpeg, signers, clock, key vault."""
