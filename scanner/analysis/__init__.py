"""Program analysis of any language: how literals travel to where a credential is used."""
