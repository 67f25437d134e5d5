"""What can be told from the words of a headline; plain Python, no database."""
