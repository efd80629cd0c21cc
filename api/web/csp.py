"""The content security policy every page and every file under /static is served with; a stricter one for docks."""

# Nothing inline runs and nothing is fetched from elsewhere. 'wasm-unsafe-eval' lets the verify panel
# compile its hash functions; it does not allow eval of scripts.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; "
    "media-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

# A dock's screen holds no forms, no recordings and no verifier.
DOCK_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
