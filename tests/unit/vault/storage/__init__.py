"""vault.storage"""
