"""What the command ``drawstop`` does with a deal, the functions and a spreadsheet program, and how it says things."""
