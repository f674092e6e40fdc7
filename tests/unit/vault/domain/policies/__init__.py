"""vault.domain: policies and what they decide"""
