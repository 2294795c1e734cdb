"""Files that are uploaded (evidence, logos), and the links that show them to others."""
