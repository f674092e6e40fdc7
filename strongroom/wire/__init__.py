"""AWS wire vocabulary that client and server share: request signing, ARNs, JSON 1.1 shapes. Pure, no I/O."""
