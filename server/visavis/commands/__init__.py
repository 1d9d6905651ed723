"""The commands of ``visavis`` that are more than a few lines, a module each; ``cli`` lists them."""
