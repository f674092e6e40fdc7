"""Archives and documents."""
