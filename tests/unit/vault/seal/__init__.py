"""vault.seal"""
