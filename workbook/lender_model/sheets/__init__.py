"""The sheets of the lender model: each module holds its lines, and the twin that calculates them in Python."""
