"""From a deal's folder to its workbook: clauses drafted, sheets composed, files written."""
