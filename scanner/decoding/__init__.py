"""Texts that stand encoded in other texts: base64, hex, URL escapes and escapes of characters, one in another."""
