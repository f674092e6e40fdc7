"""vault.services"""
