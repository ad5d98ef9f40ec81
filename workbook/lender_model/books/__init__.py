"""A workbook that exists: where its lines are, what was edited, moved or typed, whether it is fresh, what differs."""
