"""Wire shape to service call and back, one module for each AWS service; no rules here."""
