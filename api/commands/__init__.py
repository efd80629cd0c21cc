"""Subcommands of ``liuhen``: each reads its options, calls one use case, prints the outcome."""
