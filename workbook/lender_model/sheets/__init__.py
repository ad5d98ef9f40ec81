"""The sheets of the lender model: each module holds its lines, with a formula each."""
