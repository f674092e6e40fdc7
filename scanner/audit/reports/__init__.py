"""Reports of an audit: written from its document, for people and for programs."""
