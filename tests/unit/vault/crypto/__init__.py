"""vault.crypto"""
