"""The kernel: types and small services that every part of Strongroom may use; it imports nothing of ours."""
