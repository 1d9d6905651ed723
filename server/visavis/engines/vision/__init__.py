"""Image to text: what a picture shows, in a sentence that a prompt can hold."""
