"""What the caller's body does, from their camera: 543 landmarks a frame, and their file format."""
