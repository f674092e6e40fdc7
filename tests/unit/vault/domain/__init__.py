"""vault.domain"""
