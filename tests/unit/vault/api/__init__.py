"""vault.api"""
