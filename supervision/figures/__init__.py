"""What happened, day by day: counted, kept, drawn and exported."""
