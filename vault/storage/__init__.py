"""The store's tables: ciphertext, metadata and MACs; no value can pass, because no signature takes one."""
