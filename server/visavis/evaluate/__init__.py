"""How good is it to talk to: scenarios and cases run, judged, compared and graded."""
