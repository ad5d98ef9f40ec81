"""The lender model: its case, its sheets and their Python twin, the workbook built from them, and its refresh."""
