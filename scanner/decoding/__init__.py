"""Text behind an encoding: what base64, hex, URL and character escapes hide, with every place mapped back to the file."""
