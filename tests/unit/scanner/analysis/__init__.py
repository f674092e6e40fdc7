"""What the analysis of programs follows, language by language."""
